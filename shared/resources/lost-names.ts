import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import { ownRefusal } from "./refusal.ts";
import type { ResourceId } from "./resource-id.ts";
import type { Refusal } from "./resource-type.ts";
import type { Wire } from "./wire.ts";

/** What is about to be replaced by a full PUT, as our api-version shows it. */
export interface Replaced {
  id: ResourceId;
  /** Where it is read and written, e.g. the id with a nested resource behind. */
  path: string;
  shown: JsonObject;
  /** ARM's type as the provider lists it, e.g. `Microsoft.Storage/storageAccounts/fileServices`. */
  type: string;
  apiVersion: string;
  /** Names that the service sets: a PUT can't drop them. */
  readOnlyNames: ReadonlySet<string>;
}

/** Names that nobody writes, of any resource. */
const envelope = new Set(["etag", "systemData", "id", "name", "type"]);

/**
 * Nothing where a PUT with our api-version drops nothing, else why it must not be made (rule 4): the newest stable api-version of the provider
 * shows names, at any depth, that ours does not. Two requests that only read; one where ours is the newest.
 * @param wireAt gives requests at an api-version, in the resource's subscription.
 */
export async function whyPutWouldLose(
  { id, path, shown, type, apiVersion, readOnlyNames }: Replaced,
  wireAt: (apiVersion: string) => Promise<Wire>,
  signal: AbortSignal,
): Promise<Refusal | undefined> {
  const slash = type.indexOf("/");
  const providerPath = `/subscriptions/${id.subscriptionId}/providers/${type.slice(0, slash)}`;
  const provider = await (await wireAt(apiVersion)).get(providerPath, signal);
  if (provider.kind === "refused") return provider.refusal;
  const newest = newestVersion(provider.body, type.slice(slash + 1));
  if (newest === undefined || newest <= apiVersion) return undefined;
  const answer = await (await wireAt(newest)).get(path, signal);
  if (answer.kind === "refused") return answer.refusal;
  const names = lostNames(shown, answer.body, readOnlyNames);
  return names.length === 0 ? undefined : wouldLose(names);
}

/** Paths of what a newer answer holds and an older one has no name for; `[]` stands for the items of a list. Pure. */
function lostNames(shown: Json, newer: Json, readOnlyNames: ReadonlySet<string>): string[] {
  const known = new Set(pathsIn(shown));
  const isLost = (path: string) => !known.has(path) && !path.split(/[.[\]]+/).some((name) => isSetByService(name));
  const lost = pathsIn(newer).filter(isLost);
  // What is lost as a whole is named once.
  return lost.filter((path) => !lost.some((other) => path.startsWith(`${other}.`) || path.startsWith(`${other}[`)));

  function isSetByService(name: string): boolean {
    return readOnlyNames.has(name) || envelope.has(name);
  }
}

/** Every path that holds something: an empty list or object and null are what a PUT without them leaves too. */
function pathsIn(value: Json, path = ""): string[] {
  if (value === null) return [];
  if (Array.isArray(value)) {
    const items = value.flatMap((item) => pathsIn(item, `${path}[]`));
    return value.length === 0 ? [] : [...new Set([path, ...items])];
  }
  if (!isJsonObject(value)) return [path];
  const inner = Object.entries(value).flatMap(([name, each]) => pathsIn(each, path === "" ? name : `${path}.${name}`));
  if (path === "" || inner.length === 0) return inner;
  return [path, ...inner];
}

function newestVersion(provider: JsonObject, type: string): string | undefined {
  const types = Array.isArray(provider.resourceTypes) ? provider.resourceTypes : [];
  const found = types.find(
    (each) => isJsonObject(each) && String(each.resourceType).toLowerCase() === type.toLowerCase(),
  );
  const versions = isJsonObject(found) && Array.isArray(found.apiVersions) ? found.apiVersions : [];
  const stable = versions.filter(
    (version): version is string => typeof version === "string" && !version.includes("preview"),
  );
  return stable.sort().at(-1);
}

function wouldLose(names: string[]): Refusal {
  const message = `A PUT would drop what the newest api-version shows: ${names.join(", ")}.`;
  return ownRefusal("invalid", "write-would-lose", message);
}
