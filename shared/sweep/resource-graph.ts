import type { TokenCredential } from "@azure/core-auth";
import * as z from "zod";
import { CodedError, messageOf } from "../errors.ts";
import { isJsonObject, type JsonObject } from "../json.ts";
import { type Cloud, tokenScope } from "../policy/clouds.ts";
import { type ConfiguredScope, isManagementGroup } from "../policy/scopes.ts";
import { withoutSecrets } from "../resources/secrets.ts";

/** One page of resources as Azure Resource Graph knows them. It lags, and rows may come in an old api-version. */
export interface GraphPage {
  resources: { id: string; body: JsonObject }[];
  /** Names the next page; absent on the last one. */
  skipToken?: string;
}

/** Asks Resource Graph for the resources of a type in a scope, a page at a time (at most 1000 rows). */
export interface ResourceGraph {
  page(type: string, scope: ConfiguredScope, skipToken: string | undefined): Promise<GraphPage>;
}

const rowSchema = z.object({ id: z.string() });
const rowsAPage = 1000;

/** Resource Graph through its own client, loaded when first needed. */
export function resourceGraph(cloud: Cloud, credential: () => TokenCredential): ResourceGraph {
  return {
    async page(type, scope, skipToken) {
      const within = isManagementGroup(scope)
        ? { managementGroups: [scope.managementGroup] }
        : { subscriptions: [scope.subscriptionId] };
      const answer = await ask(cloud, credential, { ...within, query: queryOf(type, scope), skipToken });
      return { resources: answer.rows.flatMap(rowOf), ...(answer.skipToken ? { skipToken: answer.skipToken } : {}) };
    },
  };
}

/** ARM actions on subscriptions that the service needs beside those of its baselines, to read their management groups. */
export const subscriptionPermissions = ["Microsoft.Resources/subscriptions/read"];

/**
 * Asks Resource Graph which management groups a subscription is in, at any depth: their names. The role needs
 * {@link subscriptionPermissions}. Throws `azure-refused`, also where it does not see the subscription.
 */
export function groupsOfSubscription(
  cloud: Cloud,
  credential: () => TokenCredential,
): (subscriptionId: string) => Promise<string[]> {
  return async (subscriptionId) => {
    const query = `resourcecontainers | where type =~ 'microsoft.resources/subscriptions' and subscriptionId =~ '${subscriptionId}' | project id, groups = properties.managementGroupAncestorsChain`;
    const { rows } = await ask(cloud, credential, { subscriptions: [subscriptionId], query, skipToken: undefined });
    const parsed = groupsSchema.safeParse(rows[0]);
    if (parsed.success) return parsed.data.groups.map(({ name }) => name);
    throw new CodedError("azure-refused", `Resource Graph shows no management groups of ${subscriptionId}.`);
  };
}

const groupsSchema = z.object({ groups: z.array(z.object({ name: z.string() })) });

/** What is asked: of subscriptions, or of all that are in management groups. */
interface Question {
  subscriptions?: string[];
  managementGroups?: string[];
  query: string;
  skipToken: string | undefined;
}

async function ask(
  cloud: Cloud,
  credential: () => TokenCredential,
  { skipToken, ...asked }: Question,
): Promise<{ rows: unknown[]; skipToken: string | undefined }> {
  const { ResourceGraphClient } = await import("@azure/arm-resourcegraph");
  const client = new ResourceGraphClient(credential(), {
    endpoint: cloud.endpoint,
    credentials: { scopes: [tokenScope(cloud)] },
    retryOptions: { maxRetries: 0 },
  });
  try {
    const answer = await client.resources({
      ...asked,
      options: { top: rowsAPage, resultFormat: "objectArray", ...(skipToken === undefined ? {} : { skipToken }) },
    });
    return { rows: Array.isArray(answer.data) ? answer.data : [], skipToken: answer.skipToken };
  } catch (thrown) {
    throw new CodedError("azure-refused", `Resource Graph: ${messageOf(thrown)}`, [], { cause: thrown });
  }
}

/** Names of types and groups were checked before: no quote can be in them. */
function queryOf(type: string, scope: ConfiguredScope): string {
  const group =
    isManagementGroup(scope) || scope.resourceGroup === undefined
      ? ""
      : ` | where resourceGroup =~ '${scope.resourceGroup}'`;
  return `resources | where type =~ '${type}'${group} | project id, name, type, location, kind, tags, properties | order by id asc`;
}

function rowOf(row: unknown): GraphPage["resources"] {
  const parsed = rowSchema.safeParse(row);
  return parsed.success && isJsonObject(row) ? [{ id: parsed.data.id, body: withoutSecrets(row) }] : [];
}
