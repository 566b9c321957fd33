import { isJsonObject, type Json, type JsonObject } from "../../shared/json.ts";
import type { JsonPath } from "./document.ts";
import {
  evaluateName,
  evaluateObject,
  evaluateValue,
  mostCopies,
  objectIn,
  type TemplateScope,
  withCopy,
} from "./evaluate.ts";
import { isUnknown, keyOf, memberOf, textOf, type Unknown, unknown, type Value, type ValueObject } from "./value.ts";

/** A resource as a file declares it. */
export interface DeclaredResource {
  /** ARM's full type. */
  type: string;
  /** Its names, as far as they are known; `{...}` stands for what is not. */
  name: string;
  apiVersion: string;
  /** ARM's own JSON. */
  body: ValueObject;
  /** Where it stands in the file. */
  at: JsonPath;
  /** Where the file itself has another name for it than ARM: the address in a plan. */
  address?: string;
  /** The place of a property, where the file has another name for it than ARM. */
  pathOf?(path: readonly string[]): JsonPath;
}

/** What a file declares, and what of it can't be looked into. */
export interface DeclaredResources {
  resources: DeclaredResource[];
  unread: { name: string; why: string; at: JsonPath }[];
}

/**
 * The resources of an ARM template, those of nested deployments included, with conditions, copy loops, variables and parameters worked out
 * as far as that goes before a deployment.
 * @param given parameters, by name; what is not given takes its default, and is unknown without one.
 */
export function readTemplate(template: JsonObject, given: ValueObject): DeclaredResources {
  const read: DeclaredResources = { resources: [], unread: [] };
  readResources(template, [], scopeOf(template, given), read);
  return read;
}

/** Parameters and variables are worked out when they are first asked for: defaults and variables may use one another. */
function scopeOf(template: JsonObject, given: ValueObject): TemplateScope {
  const parameters = isJsonObject(template.parameters) ? template.parameters : {};
  const variables = isJsonObject(template.variables) ? template.variables : {};
  const scope: TemplateScope = {
    copies: new Map(),
    naming: false,
    parameter: onceEach((name) => {
      const value = memberOf(given, name);
      if (value !== undefined) return value;
      const declared = parameters[keyOf(parameters, name) ?? ""];
      const isOptional = isJsonObject(declared) && declared.defaultValue !== undefined;
      return isOptional ? evaluateValue(declared.defaultValue ?? null, scope) : unknown(`parameters('${name}')`);
    }),
    variable: onceEach((name) => {
      const key = keyOf(variables, name);
      if (key !== undefined) return evaluateValue(variables[key] ?? null, scope);
      return memberOf(evaluateObject({ copy: variables.copy ?? [] }, scope), name);
    }),
  };
  return scope;
}

function onceEach(find: (name: string) => Value | undefined): (name: string) => Value | undefined {
  const found = new Map<string, Value | undefined>();
  return (name) => {
    const key = name.toLowerCase();
    if (found.has(key)) return found.get(key);
    // What refers to itself is not known.
    found.set(key, unknown(name));
    const value = find(name);
    found.set(key, value);
    return value;
  };
}

/** A list, or since languageVersion 2.0 an object with a symbolic name for each. */
function readResources(
  holder: JsonObject,
  at: JsonPath,
  scope: TemplateScope,
  read: DeclaredResources,
  parent?: Parent,
) {
  const { resources } = holder;
  const entries: [string | number, Json][] = Array.isArray(resources)
    ? resources.map((each, index) => [index, each])
    : Object.entries(isJsonObject(resources) ? resources : {});
  for (const [key, declared] of entries) {
    if (!isJsonObject(declared) || declared.existing === true) continue;
    for (const turn of turnsOf(declared, scope)) readResource(declared, [...at, "resources", key], turn, read, parent);
  }
}

/** The resource that a declaration stands in. */
interface Parent {
  type: string;
  name: string;
}

/** One scope for each turn of a resource's copy loop; one alone where there is no loop. */
function turnsOf({ copy }: JsonObject, scope: TemplateScope): TemplateScope[] {
  if (!isJsonObject(copy)) return [scope];
  const name = textOf(copy.name ?? "");
  const count = evaluateValue(copy.count ?? null, scope);
  if (typeof count !== "number" || count > mostCopies) return [withCopy(scope, name, unknown(`copyIndex('${name}')`))];
  return Array.from({ length: count }, (_, index) => withCopy(scope, name, index));
}

function readResource(
  declared: JsonObject,
  at: JsonPath,
  scope: TemplateScope,
  read: DeclaredResources,
  parent?: Parent,
) {
  if (evaluateValue(declared.condition ?? true, scope) === false) return;
  const ownType = textOf(declared.type ?? "").split("@")[0] ?? "";
  const isChild = parent !== undefined && !ownType.toLowerCase().startsWith(parent.type.toLowerCase());
  const type = isChild ? `${parent.type}/${ownType}` : ownType;
  const ownName = evaluateName(declared.name, scope);
  const name = isChild ? `${parent.name}/${ownName}` : ownName;
  if (type.toLowerCase() === "microsoft.resources/deployments") return readNested(declared, name, at, scope, read);

  const { resources: _children, copy: _copy, ...own } = declared;
  const body = evaluateObject(own, scope);
  read.resources.push({ type, name, apiVersion: apiVersionOf(declared, scope), body, at });
  readResources(declared, at, scope, read, { type, name });
}

/** Before languageVersion 2.0 the api-version is a property of its own; symbolic names of extensions carry it in the type. */
function apiVersionOf({ apiVersion, type }: JsonObject, scope: TemplateScope): string {
  const told = evaluateValue(apiVersion ?? textOf(type ?? "").split("@")[1] ?? "", scope);
  return typeof told === "string" ? told : "";
}

/** Without another word the expressions of a nested template are those of the outer one (docs: "Expression evaluation scope"). */
function readNested(declared: JsonObject, name: string, at: JsonPath, scope: TemplateScope, read: DeclaredResources) {
  const properties = isJsonObject(declared.properties) ? declared.properties : {};
  const { template, expressionEvaluationOptions: options } = properties;
  if (!isJsonObject(template)) {
    const why = "Its template is linked, and not in this file: check that file too.";
    read.unread.push({ name, why, at: [...at, "properties", "templateLink"] });
    return;
  }
  const isInner = isJsonObject(options) && textOf(options.scope ?? "").toLowerCase() === "inner";
  const inner = isInner ? scopeOf(template, givenParameters(evaluateValue(properties.parameters ?? {}, scope))) : scope;
  readResources(template, [...at, "properties", "template"], inner, read);
}

/** Parameters as a parameters file or a nested deployment gives them: a value, or where a vault keeps one. */
export function givenParameters(parameters: Value): ValueObject {
  if (isUnknown(parameters)) return {};
  const named = objectIn({ parameters }, "parameters");
  const entries = Object.entries(named).map(([name, given]): [string, Value | Unknown] => {
    const value = memberOf(given, "value");
    return [name, value === undefined ? unknown(`parameters('${name}')`) : value];
  });
  return Object.fromEntries(entries);
}
