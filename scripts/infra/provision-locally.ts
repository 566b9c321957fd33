import { createHash } from "node:crypto";
import * as z from "zod";
import { type Arm, openArm } from "../../command/check/arm.ts";
import { authorizationVersion } from "../../command/check/assigned-roles.ts";
import { localEnvironment } from "../../command/service/local-environment.ts";
import { baselines } from "../../shared/baselines/index.ts";
import { rolesOf } from "./roles.ts";

/** What `npm start` says of itself, and what somebody asks for. */
const environmentSchema = z.object({
  GUARD_APP_ID: z.string(),
  ENFORCED_BASELINES: z.string().default(""),
});
const siteSchema = z.object({
  identity: z.object({ userAssignedIdentities: z.record(z.string(), z.object({ principalId: z.guid() })) }),
});
const subscriptionSchema = z.object({ subscriptionId: z.guid() });

/** As infra/access/own-access.bicep assigns them: Azure's built-in roles, by their ids. */
const onStorage = [
  "b7e6dc6d-f1e8-4753-8033-0f276bb0955b",
  "974c5e8b-45b9-4653-ba55-5f855dd0fb88",
  "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3",
];
const environmentName = "local";
const storageName = "stguardlocal";

/** Something that is made by one PUT. */
interface Wanted {
  /** For whoever watches; an assignment goes without saying. */
  what?: string;
  id: string;
  version: string;
  body: object;
}

/** A role of the service, and where it is assigned. */
interface RoleWanted {
  scope: string;
  purpose: string;
  actions: readonly string[];
}

/**
 * Makes on the local Azure what the layer `access` makes in Azure, as far as there is such a thing here: the service's storage account with
 * its roles, and in each subscription the roles to read, and one for the fix of each enforced baseline. Takes nothing away, as a deployment.
 * A second run changes nothing. Throws where a baseline has no fix, or where Azure Resource Manager refuses something.
 * @param environment what `.local-azure/env` holds, and `ENFORCED_BASELINES`.
 */
export async function provisionLocally(
  arm: Arm,
  environment: NodeJS.ProcessEnv,
  out: (line: string) => void,
): Promise<void> {
  const { GUARD_APP_ID: app, ENFORCED_BASELINES: enforced } = environmentSchema.parse(environment);
  const fixes = fixesOf(enforced);
  const site = siteSchema.parse((await arm.get(`${app}?api-version=2024-04-01`)).body);
  const [identity] = Object.values(site.identity.userAssignedIdentities);
  if (identity === undefined) throw new Error(`${app} has no identity.`);
  const listed = await arm.list("/subscriptions?api-version=2022-12-01");
  const roles = listed.flatMap((each) => rolesIn(subscriptionSchema.parse(each).subscriptionId, fixes));
  const wanted = [
    ...storage(app.split("/").slice(0, 5).join("/"), identity.principalId),
    ...roles.flatMap((role) => assigned(role, identity.principalId)),
  ];
  for (const each of wanted) {
    await put(arm, each);
    if (each.what !== undefined) out(each.what);
  }
}

/** By the id of the baseline: what its fix takes. */
function fixesOf(enforced: string): [string, string[]][] {
  const { fixes } = rolesOf(baselines);
  const ids = enforced.split(",").map((id) => id.trim());
  return ids
    .filter((id) => id !== "")
    .map((id) => {
      const actions = fixes.get(id);
      if (actions) return [id, actions];
      throw new Error(`ENFORCED_BASELINES names ${id}. There are: ${[...fixes.keys()].join(", ")}.`);
    });
}

function rolesIn(subscriptionId: string, fixes: readonly [string, string[]][]): RoleWanted[] {
  const { subscription, read } = rolesOf(baselines);
  const scope = `/subscriptions/${subscriptionId}`;
  return [
    { scope, purpose: "look at the subscription", actions: subscription },
    { scope, purpose: "read", actions: read },
    ...fixes.map(([id, actions]) => ({ scope, purpose: `fix ${id}`, actions })),
  ];
}

/** As infra/access/role-on-subscription.bicep. */
function assigned({ scope, purpose, actions }: RoleWanted, principalId: string): Wanted[] {
  const name = guidFrom(scope, environmentName, purpose);
  const role = {
    what: `role "${purpose}", assigned on ${scope}`,
    id: `${scope}/providers/Microsoft.Authorization/roleDefinitions/${name}`,
    version: authorizationVersion,
    body: {
      properties: {
        roleName: `Azure Encryption Guard ${environmentName}: ${purpose} (${guidFrom(scope).slice(0, 6)})`,
        description: "Generated from the baselines of Azure Encryption Guard.",
        type: "CustomRole",
        permissions: [{ actions, notActions: [] }],
        assignableScopes: [scope],
      },
    },
  };
  return [role, assignment(scope, role.id, principalId)];
}

/** As infra/access/storage.bicep, and what own-access.bicep assigns on it. The app itself keeps everything in Azurite. */
function storage(group: string, principalId: string): Wanted[] {
  const id = `${group}/providers/Microsoft.Storage/storageAccounts/${storageName}`;
  const roles = `${group.split("/").slice(0, 3).join("/")}/providers/Microsoft.Authorization/roleDefinitions`;
  const account = {
    location: "westeurope",
    tags: { "azd-env-name": environmentName },
    kind: "StorageV2",
    sku: { name: "Standard_LRS" },
    properties: {
      allowBlobPublicAccess: false,
      allowSharedKeyAccess: false,
      minimumTlsVersion: "TLS1_2",
      supportsHttpsTrafficOnly: true,
    },
  };
  return [
    { what: `storage account ${storageName}, with the roles on it`, id, version: "2025-01-01", body: account },
    ...onStorage.map((role) => assignment(id, `${roles}/${role}`, principalId)),
  ];
}

function assignment(scope: string, roleDefinitionId: string, principalId: string): Wanted {
  const name = guidFrom(scope, roleDefinitionId, principalId);
  return {
    id: `${scope}/providers/Microsoft.Authorization/roleAssignments/${name}`,
    version: authorizationVersion,
    body: { properties: { roleDefinitionId, principalId, principalType: "ServicePrincipal" } },
  };
}

async function put({ endpoint, token }: Arm, { id, version, body }: Wanted): Promise<void> {
  const answer = await fetch(new URL(`${id}?api-version=${version}`, endpoint), {
    method: "PUT",
    headers: { authorization: `Bearer ${await token()}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${id} was refused with status ${answer.status}: ${await answer.text()}`);
}

/** The same for the same texts, as Bicep's `guid`: a second run finds what the first made. */
function guidFrom(...texts: string[]): string {
  const hex = createHash("sha256").update(texts.join(" ")).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join("-");
}

if (import.meta.main) {
  const directory = process.cwd();
  // Nothing but what `npm start` wrote here names where to: a shell that is signed in to Azure is no reason to make anything there.
  const local = await localEnvironment(directory);
  if (local.ARM_ENDPOINT === undefined)
    throw new Error("No local Azure runs here: start it with npm start -- --roles.");
  const environment = { ...local, ENFORCED_BASELINES: process.env.ENFORCED_BASELINES };
  const arm = await openArm({ environment: local, directory, now: () => new Date() });
  await provisionLocally(arm, environment, (line) => void process.stdout.write(`${line}\n`));
}
