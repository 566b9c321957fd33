/** Any JSON value, as it goes over the wire. */
export type Json = null | boolean | number | string | Json[] | JsonObject;

/** A JSON object, as it goes over the wire. */
export interface JsonObject {
  [name: string]: Json;
}

/** Whether a value is a JSON object, and so neither an array nor null. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * The value at a dotted path of property names, e.g. `properties.sasPolicy.expirationAction`.
 * Undefined where any step is missing or is no object.
 */
export function valueAt(document: Json | undefined, path: string): Json | undefined {
  let value: Json | undefined = document;
  for (const name of path.split(".")) {
    if (!isJsonObject(value) || !Object.hasOwn(value, name)) return undefined;
    value = value[name];
  }
  return value;
}

/**
 * JSON Merge Patch (RFC 7396): objects are merged, everything else is replaced, null removes.
 * Gives a new document and leaves both arguments as they are.
 */
export function mergePatch(document: Json | undefined, patch: Json): Json {
  if (!isJsonObject(patch)) return structuredClone(patch);
  const merged = new Map(Object.entries(isJsonObject(document) ? document : {}));
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) merged.delete(name);
    else merged.set(name, mergePatch(merged.get(name), value));
  }
  return Object.fromEntries(merged);
}

/**
 * One merge patch that does what two do, the first applied before the second. Nulls, which remove, are kept.
 * An object must not follow on a null or a value at the same path: no merge patch says "remove it, then merge".
 */
export function combinePatches(first: JsonObject, second: JsonObject): JsonObject {
  const combined = new Map(Object.entries(first));
  for (const [name, value] of Object.entries(second)) {
    const before = combined.get(name);
    combined.set(name, isJsonObject(before) && isJsonObject(value) ? combinePatches(before, value) : value);
  }
  return Object.fromEntries(combined);
}

/** The dotted paths of all leaves of a patch; an empty object and an array count as leaves. */
export function leafPaths(patch: JsonObject, prefix = ""): string[] {
  return Object.entries(patch).flatMap(([name, value]) => {
    const path = prefix === "" ? name : `${prefix}.${name}`;
    return isJsonObject(value) && Object.keys(value).length > 0 ? leafPaths(value, path) : [path];
  });
}

/** JSON text in which the names of every object are sorted: the same for documents that say the same. */
export function canonicalJson(document: Json): string {
  if (Array.isArray(document)) return `[${document.map(canonicalJson).join(",")}]`;
  if (!isJsonObject(document)) return JSON.stringify(document);
  const names = Object.keys(document).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonicalJson(document[name] ?? null)}`).join(",")}}`;
}
