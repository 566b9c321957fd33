import { type Exchange, findResource, planContext } from "./exchange.ts";
import { isJsonObject, type JsonObject, objectAt } from "./json.ts";
import { type Answer, ArmError, azureTime } from "./message.ts";
import { requireType } from "./registry.ts";
import { parseResourcePath, typeOf } from "./resource-id.ts";
import type { Continuation, ResourceType } from "./resource-type.ts";
import type { ArmState } from "./state.ts";

type Write = (state: ArmState, exchange: Exchange, type: ResourceType, ended: (error?: JsonObject) => void) => Answer;

/** What a plan may go on with: more writes by `write`, with the caller and the correlation id of `exchange`. */
export function createContinuation(state: ArmState, exchange: Exchange, write: Write): Continuation {
  return {
    put({ id, apiVersion, body }, ended) {
      try {
        const part = exchangeOf(exchange, id, apiVersion, body);
        write(state, part, requireType(typeOf(part.path), apiVersion), ended);
      } catch (error) {
        if (!(error instanceof ArmError)) throw error;
        const answered = error.answer.body;
        ended(isJsonObject(answered) ? objectAt(answered, "error") : {});
      }
    },
    read(id, apiVersion) {
      const part = exchangeOf(exchange, id, apiVersion, {});
      const resource = findResource(state, part, id);
      if (!resource) return undefined;
      const type = requireType(resource.type, apiVersion);
      return type.read?.(resource, planContext(state, part, id)) ?? resource.body;
    },
    store: (resource) => state.resources.put(resource),
    after(seconds, callback) {
      const wait = seconds * 1000 * state.durationScale;
      if (wait === 0) callback();
      else state.clock.schedule(wait, callback);
    },
    now: () => azureTime(state.clock.now()),
  };
}

function exchangeOf({ request, caller }: Exchange, id: string, apiVersion: string, body: JsonObject): Exchange {
  const path = parseResourcePath(id);
  if (!path) throw new Error(`${id} is no resource id`);
  const query = new URLSearchParams({ "api-version": apiVersion });
  return {
    request: { ...request, method: "PUT", path: id, query, headers: {}, body: JSON.stringify(body) },
    caller,
    path,
    apiVersion,
  };
}
