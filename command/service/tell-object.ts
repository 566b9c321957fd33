import { isJsonObject, type Json, type JsonObject } from "../../shared/json.ts";

/** An answer as indented lines, a name and its value each: for what is told in plain words already. */
export function tellObject(object: JsonObject, indent = ""): string[] {
  return Object.entries(object).flatMap(([name, value]) => tellMember(name, value, indent));
}

function tellMember(name: string, value: Json, indent: string): string[] {
  if (Array.isArray(value)) {
    if (value.every((item) => !isJsonObject(item) && !Array.isArray(item))) {
      return [`${indent}${name}: ${value.length === 0 ? "none" : value.map(String).join(", ")}`];
    }
    return [`${indent}${name}:`, ...value.flatMap((item) => tellItem(item, indent))];
  }
  if (isJsonObject(value)) return [`${indent}${name}:`, ...tellObject(value, `${indent}  `)];
  return [`${indent}${name}: ${value === null ? "not set" : String(value)}`];
}

function tellItem(item: Json, indent: string): string[] {
  if (!isJsonObject(item)) return [`${indent}  - ${JSON.stringify(item)}`];
  const [first = "", ...more] = tellObject(item, `${indent}    `);
  return [`${indent}  - ${first.trimStart()}`, ...more];
}
