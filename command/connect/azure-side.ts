import { EventGridManagementClient } from "@azure/arm-eventgrid";
import type { TokenCredential } from "@azure/core-auth";
import {
  createHttpHeaders,
  createPipelineRequest,
  type HttpMethods,
  type PipelineResponse,
} from "@azure/core-rest-pipeline";
import * as z from "zod";
import { CodedError, messageOf } from "../../shared/errors.ts";
import { isJsonObject, type JsonObject } from "../../shared/json.ts";
import { type Cloud, tokenScope } from "../../shared/policy/clouds.ts";

/** One subscription of Azure, as far as its events go. */
export interface AzureSide {
  subscriptionId: string;
  grid: EventGridManagementClient;
  /**
   * One request past the models of the client, through its pipeline. A path below `/`, with its api-version. Gives the JSON; nothing for
   * 404. Throws `azure-refused` for any other refusal.
   */
  ask(method: HttpMethods, path: string, body?: JsonObject): Promise<JsonObject | undefined>;
  wait(milliseconds: number): Promise<void>;
}

const errorSchema = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

/** Opens a subscription. Requests are sent once: whoever runs the command can run it again. */
export function openSubscription(
  subscriptionId: string,
  cloud: Cloud,
  credential: TokenCredential,
  wait: (milliseconds: number) => Promise<void>,
): AzureSide {
  const grid = new EventGridManagementClient(credential, subscriptionId, {
    endpoint: cloud.endpoint,
    credentialScopes: [tokenScope(cloud)],
    retryOptions: { maxRetries: 0 },
  });
  return {
    subscriptionId,
    grid,
    wait,
    async ask(method, path, body) {
      const request = createPipelineRequest({
        url: new URL(path, cloud.endpoint).href,
        method,
        headers: createHttpHeaders({ accept: "application/json", "content-type": "application/json" }),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const answer = await grid.sendRequest(request);
      if (answer.status === 404) return undefined;
      if (answer.status >= 400) throw refused(answer);
      return jsonIn(answer);
    },
  };
}

/** What Azure says where it says no, in one sentence. */
export function refusalOf(thrown: unknown): string {
  const code = thrown instanceof Error && "code" in thrown && typeof thrown.code === "string" ? `${thrown.code}: ` : "";
  return thrown instanceof CodedError ? thrown.message : `${code}${messageOf(thrown)}`;
}

function refused({ status, bodyAsText }: PipelineResponse): CodedError {
  const parsed = errorSchema.safeParse(valueIn(bodyAsText));
  const said = parsed.success ? `${parsed.data.error.code}: ${parsed.data.error.message}` : `status ${status}`;
  return new CodedError("azure-refused", `Azure Resource Manager: ${said}`);
}

function jsonIn({ bodyAsText }: PipelineResponse): JsonObject {
  const body = valueIn(bodyAsText);
  return isJsonObject(body) ? body : {};
}

function valueIn(text: string | null | undefined): unknown {
  try {
    return JSON.parse(text ?? "");
  } catch {
    return undefined;
  }
}
