import { createHash } from "node:crypto";

/** An ARM resource id that was checked. Compare by {@link ResourceId.key} only: ids mix `resourcegroups` and `resourceGroups`. */
export interface ResourceId {
  /** As it was given. */
  text: string;
  /** Lower-cased; equal for equal resources. */
  key: string;
  subscriptionId: string;
  resourceGroup: string;
  /** Namespace and types, e.g. `Microsoft.Storage/storageAccounts/fileServices`. */
  type: string;
  /** One name for each type segment. */
  names: string[];
}

/** A checked id, or why the text is none. */
export type ParsedResourceId = { ok: true; id: ResourceId } | { ok: false; reason: string };

const longestResourceId = 2048;
const guid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** Resource groups may hold letters of any script (naming rules of Microsoft.Resources); everything else is ASCII. */
const resourceGroupName = /^[\p{L}\p{N}_().-]{1,90}$/u;
const segment = /^[A-Za-z0-9][A-Za-z0-9_.()-]{0,254}$/;
const namespace = /^[A-Za-z][A-Za-z0-9]*(\.[A-Za-z][A-Za-z0-9]*)+$/;

/**
 * Checks a text that claims to be the id of a resource in a resource group.
 * Refuses other hosts, relative path segments, encoded or foreign characters: what passes can be put into a URL path.
 */
export function parseResourceId(text: string): ParsedResourceId {
  if (text.length > longestResourceId) return refusal(`it is longer than ${longestResourceId} characters`);
  if (!text.startsWith("/")) return refusal("it does not begin with /subscriptions/");
  const [empty, subscriptions, subscriptionId, groups, resourceGroup, providers, provider, ...rest] = text.split("/");
  if (empty !== "" || subscriptions?.toLowerCase() !== "subscriptions") {
    return refusal("it does not begin with /subscriptions/");
  }
  if (!subscriptionId || !guid.test(subscriptionId)) return refusal("its subscription id is no GUID");
  if (groups?.toLowerCase() !== "resourcegroups") return refusal("it names no resource group");
  if (!resourceGroup || !isGroupName(resourceGroup)) {
    return refusal("its resource group's name has characters that are not allowed");
  }
  if (providers?.toLowerCase() !== "providers" || !provider || !namespace.test(provider)) {
    return refusal("it names no resource provider");
  }
  if (rest.length < 2 || rest.length % 2 !== 0) return refusal("its types and names do not come in pairs");
  if (!rest.every((part) => segment.test(part))) return refusal("a type or name has characters that are not allowed");
  const types = rest.filter((_, index) => index % 2 === 0);
  const names = rest.filter((_, index) => index % 2 === 1);
  const type = [provider, ...types].join("/");
  return { ok: true, id: { text, key: text.toLowerCase(), subscriptionId, resourceGroup, type, names } };
}

/** The id of the ancestor that has the given type, or of the resource itself; nothing where the type is neither. */
export function ancestorOfType(id: ResourceId, type: string): ResourceId | undefined {
  const wanted = type.split("/").length - 1;
  if (!`${id.type}/`.toLowerCase().startsWith(`${type}/`.toLowerCase())) return undefined;
  const own = id.names.length;
  if (wanted > own) return undefined;
  const text = id.text
    .split("/")
    .slice(0, 7 + 2 * wanted)
    .join("/");
  const parsed = parseResourceId(text);
  return parsed.ok ? parsed.id : undefined;
}

/** SHA-256 of the lower-cased id in hexadecimal: a table key free of `/ \ # ?`. */
export function resourceHash(id: ResourceId): string {
  return createHash("sha256").update(id.key).digest("hex");
}

/** The last name of an id, for people. */
export function resourceName(id: ResourceId): string {
  return id.names.at(-1) ?? id.text;
}

function refusal(reason: string): ParsedResourceId {
  return { ok: false, reason };
}

/** A letter that stands for another one (U+212A, the Kelvin sign) becomes that one where case is ignored, and would name another group. */
function isGroupName(name: string): boolean {
  if (!resourceGroupName.test(name) || isOnlyDots(name)) return false;
  return [...name].every((character) => character.normalize("NFKC") === character);
}

function isOnlyDots(name: string): boolean {
  return /^\.+$/.test(name) || name.endsWith(".");
}
