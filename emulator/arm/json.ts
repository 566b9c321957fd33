/** What JSON can hold. */
export type Json = null | boolean | number | string | Json[] | JsonObject;

/** A JSON object, as it goes over the wire. */
export interface JsonObject {
  [name: string]: Json;
}

/** True for an object that is neither null nor an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The object under `name`, or an empty one where there is none. */
export function objectAt(parent: JsonObject | undefined, name: string): JsonObject {
  const value = parent?.[name];
  return isJsonObject(value) ? value : {};
}

/** The text under `name`, if it is one. */
export function textAt(parent: JsonObject | undefined, name: string): string | undefined {
  const value = parent?.[name];
  return typeof value === "string" ? value : undefined;
}

/** The value at a dotted path such as `properties.encryption.keySource`, names compared without case. */
export function valueAtPath(value: Json | undefined, path: string): Json | undefined {
  let found: Json | undefined = value;
  for (const name of path.split(".")) {
    if (!isJsonObject(found)) return undefined;
    const key = Object.hasOwn(found, name) ? name : keyWithoutCase(found, name);
    found = key === undefined ? undefined : found[key];
  }
  return found;
}

function keyWithoutCase(value: JsonObject, name: string): string | undefined {
  return Object.keys(value).find((candidate) => candidate.toLowerCase() === name.toLowerCase());
}

/** A copy of `value` without what stands at the dotted path. */
export function withoutPath(value: JsonObject, path: string): JsonObject {
  const [name = "", ...rest] = path.split(".");
  const key = keyWithoutCase(value, name);
  if (key === undefined) return value;
  const { [key]: child = null, ...others } = value;
  if (rest.length === 0) return others;
  return isJsonObject(child) ? { ...value, [key]: withoutPath(child, rest.join(".")) } : value;
}

/** `base` with `changes` laid over it: objects are merged, all else (lists too) is replaced; null in `changes` counts as not sent. */
export function merge(base: JsonObject, changes: JsonObject): JsonObject {
  const merged: JsonObject = { ...base };
  for (const [name, change] of Object.entries(changes)) {
    if (change === null) continue;
    const before = merged[name];
    merged[name] = isJsonObject(before) && isJsonObject(change) ? merge(before, change) : change;
  }
  return merged;
}

/** Like `merge`, but null in `changes` is a value like any other. */
export function overlay(base: JsonObject, changes: JsonObject): JsonObject {
  const merged: JsonObject = { ...base };
  for (const [name, change] of Object.entries(changes)) {
    const before = merged[name];
    merged[name] = isJsonObject(before) && isJsonObject(change) ? overlay(before, change) : change;
  }
  return merged;
}

/** The members of `value` that `names` lists. */
export function pick(value: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([name]) => names.includes(name)));
}
