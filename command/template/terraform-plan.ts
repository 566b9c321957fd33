import * as z from "zod";
import { isJsonObject, type Json, type JsonObject } from "../../shared/json.ts";
import type { DeclaredResource, DeclaredResources } from "./arm-template.ts";
import type { JsonPath } from "./document.ts";
import { olderNames, type TerraformType, terraformTypes } from "./terraform-types.ts";
import { isValueObject, textOf, unknown, type Value, type ValueObject } from "./value.ts";

/** A resource of the plan. Source: docs "JSON Output Format", values representation. */
const resourceSchema = z.object({
  address: z.string(),
  mode: z.string().default("managed"),
  type: z.string(),
  name: z.string(),
  values: z.custom<JsonObject>((value) => isJsonObject(value)).default({}),
});

/**
 * The resources that a plan leads to, as `terraform show -json` prints it: those of azurerm that are mapped, and `azapi_resource`, whose
 * body is ARM's own. What is known only after the apply is unknown.
 */
export function readPlan(plan: JsonObject): DeclaredResources {
  const read: DeclaredResources = { resources: [], unread: [] };
  const changes = new Map(changesIn(plan));
  const { planned_values: planned } = plan;
  if (isJsonObject(planned)) readModule(planned.root_module, ["planned_values", "root_module"], changes, read);
  return read;
}

/** What becomes known only by the apply, by the resource's address: an object of `true` in the places of such values. */
function changesIn({ resource_changes: changes }: JsonObject): [string, Json][] {
  return (Array.isArray(changes) ? changes : []).flatMap((each): [string, Json][] => {
    if (!isJsonObject(each) || !isJsonObject(each.change)) return [];
    return [[textOf(each.address ?? ""), each.change.after_unknown ?? {}]];
  });
}

function readModule(
  module: Json | undefined,
  at: JsonPath,
  changes: ReadonlyMap<string, Json>,
  read: DeclaredResources,
) {
  if (!isJsonObject(module)) return;
  const { resources, child_modules: children } = module;
  for (const [index, each] of (Array.isArray(resources) ? resources : []).entries()) {
    const parsed = resourceSchema.safeParse(each);
    if (!parsed.success || parsed.data.mode !== "managed") continue;
    const { address, type, values } = parsed.data;
    const known = withUnknown(values, changes.get(address));
    const place: JsonPath = [...at, "resources", index];
    const name = typeof values.name === "string" ? values.name : address;
    const mapped = Object.hasOwn(terraformTypes, type) ? terraformTypes[type] : undefined;
    if (mapped)
      read.resources.push(...mappedResources(mapped, isValueObject(known) ? known : {}, { name, address, at: place }));
    if (type === "azapi_resource") readOwnBody(known, { name, address, at: place }, read);
  }
  for (const [index, child] of (Array.isArray(children) ? children : []).entries()) {
    readModule(child, [...at, "child_modules", index], changes, read);
  }
}

function withUnknown(value: Json | undefined, unknowns: Json | undefined, path = ""): Value {
  if (unknowns === true) return unknown(`${path} (known after apply)`);
  if (Array.isArray(value)) {
    return value.map((item, index) =>
      withUnknown(item, Array.isArray(unknowns) ? unknowns[index] : undefined, `${path}[${index}]`),
    );
  }
  if (!isJsonObject(value)) return value ?? (Array.isArray(unknowns) ? [] : null);
  const names = new Set([...Object.keys(value), ...(isJsonObject(unknowns) ? Object.keys(unknowns) : [])]);
  const inner = (name: string) => (isJsonObject(unknowns) ? unknowns[name] : undefined);
  const entries = [...names].map((name): [string, Value] => [
    name,
    withUnknown(value[name], inner(name), path === "" ? name : `${path}.${name}`),
  ]);
  return Object.fromEntries(entries);
}

/** What is told of a resource wherever it comes from. */
type Told = Required<Pick<DeclaredResource, "name" | "address" | "at">>;

function mappedResources(mapped: TerraformType, values: ValueObject, { name, address, at }: Told): DeclaredResource[] {
  const { type, properties, translate, child } = mapped;
  const body: ValueObject = {};
  const places = new Map<string, JsonPath>();
  for (const [path, theirs] of Object.entries(properties)) {
    const where = placeIn(values, theirs);
    places.set(path, where);
    const value = valueIn(values, where);
    if (value !== undefined && value !== null) put(body, path.split("."), translate ? translate(path, value) : value);
  }
  const { tags } = values;
  if (tags !== undefined && tags !== null) body.tags = tags;
  const pathOf = (path: readonly string[]): JsonPath => [...at, "values", ...(places.get(path.join(".")) ?? [])];
  const resource = { type, name, apiVersion: "", body, at, address, pathOf };
  if (!child) return [resource];
  const tagged: ValueObject = body.tags === undefined ? {} : { tags: body.tags };
  // A plan may not know the parent's name; the address is as unique.
  const fullName = `${address.replaceAll("/", "_")}/${name}`;
  return [
    { ...resource, name: fullName, body: tagged },
    { ...resource, name: `${fullName}/${child.name}`, type: `${type}/${child.type}` },
  ];
}

function placeIn(values: ValueObject, theirs: readonly (string | number)[]): (string | number)[] {
  const [first = "", ...rest] = theirs;
  const older = olderNames[first];
  return older !== undefined && !Object.hasOwn(values, first) ? [older, ...rest] : [first, ...rest];
}

function valueIn(values: Value, path: readonly (string | number)[]): Value | undefined {
  let found: Value | undefined = values;
  for (const step of path) {
    if (Array.isArray(found)) found = found[Number(step)];
    else if (isValueObject(found)) found = found[step];
    else return found === null ? undefined : found;
  }
  return found;
}

function put(body: ValueObject, [name = "", ...rest]: readonly string[], value: Value): void {
  if (rest.length === 0) {
    body[name] = value;
    return;
  }
  const inner = body[name];
  const object = isValueObject(inner) ? inner : {};
  body[name] = object;
  put(object, rest, value);
}

/** `azapi_resource`: the type carries the api-version; the body is an object, or JSON as text in versions before 2. */
function readOwnBody(values: Value, { name, address, at }: Told, read: DeclaredResources): void {
  const { type, body, tags } = isValueObject(values) ? values : {};
  const [armType = "", apiVersion = ""] = textOf(type ?? "").split("@");
  const parsed = typeof body === "string" ? jsonIn(body) : (body ?? {});
  if (parsed === undefined) {
    read.unread.push({ name: address, why: "Its body is no JSON.", at });
    return;
  }
  const declared: ValueObject = isValueObject(parsed) ? parsed : { properties: parsed };
  const own = tags === undefined || tags === null ? declared : { tags, ...declared };
  const pathOf = (path: readonly string[]): JsonPath => [...at, "values", "body", ...path];
  read.resources.push({ type: armType, name, apiVersion, body: own, at, address, pathOf });
}

function jsonIn(text: string): Json | undefined {
  try {
    const json: Json = JSON.parse(text);
    return json;
  } catch {
    return undefined;
  }
}
