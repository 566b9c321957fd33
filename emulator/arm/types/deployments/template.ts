import { invalidContent } from "../../errors.ts";
import { isJsonObject, type Json, type JsonObject, objectAt, pick, textAt } from "../../json.ts";
import { findType } from "../../registry.ts";
import type { PlanContext } from "../../resource-type.ts";
import {
  callsOf,
  evaluate,
  evaluateAll,
  evaluateObject,
  parseExpression,
  type TemplateFunctions,
} from "./expression.ts";
import { invalidTemplate } from "./invalid-template.ts";
import { groupOf, idOf, lookUp, scopeFunctions } from "./template-functions.ts";
import { readParameters, shownOutput, typeName } from "./template-parameters.ts";

/** One resource of a template, every expression in it evaluated. */
export interface TemplateResource {
  id: string;
  type: string;
  name: string;
  apiVersion: string;
  body: JsonObject;
  /** The ids that must be done before. */
  after: readonly string[];
}

/** A template, checked and evaluated, so that nothing of it can be refused half done. */
export interface Template {
  resources: readonly TemplateResource[];
  /** As the deployment shows its parameters. */
  parameters: JsonObject;
  /** The outputs, once the resources are there; `read` gives one as its api-version shows it. */
  outputs(read: (id: string, apiVersion: string) => JsonObject | undefined): JsonObject;
}

/** What a template and its resources may hold; `functions`, `copy`, `condition`, nested `resources` and the like are not emulated. */
const templateNames = ["$schema", "contentVersion", "parameters", "variables", "resources", "outputs", "metadata"];
const bodyNames = ["location", "tags", "properties", "sku", "kind", "identity", "zones"];
const resourceNames = ["type", "name", "apiVersion", "dependsOn", "comments", "metadata", ...bodyNames];

/** Reads a deployment's body. Throws InvalidTemplate, which names the expression or the property, for all that it can't do. */
export function readTemplate(context: PlanContext): Template {
  const sent = objectAt(context.body, "properties");
  if (textAt(sent, "mode")?.toLowerCase() !== "incremental") {
    throw invalidTemplate(`The deployment mode '${sent.mode}' is not emulated; only Incremental is`);
  }
  const { template } = sent;
  if (!isJsonObject(template))
    throw invalidContent("Required property 'template' not found in JSON. Path 'properties'.");
  checkNames(template, templateNames, "The template");
  const scope = scopeFunctions(context);
  const parameters = readParameters(objectAt(template, "parameters"), objectAt(sent, "parameters"), scope);
  const withParameters = { ...scope, parameters: lookUp("parameter", parameters.values) };
  const variables = evaluateObject(objectAt(template, "variables"), withParameters);
  const functions = { ...withParameters, variables: lookUp("variable", variables) };
  const group = groupOf(context);
  const resources = ordered(readResources(template.resources, functions, group));
  const outputs = objectAt(template, "outputs");
  checkOutputs(outputs, functions, resources);
  return {
    resources,
    parameters: parameters.shown,
    outputs: (read) => evaluateOutputs(outputs, functions, resources, read),
  };
}

function readResources(value: Json | undefined, functions: TemplateFunctions, group: string): TemplateResource[] {
  if (!Array.isArray(value)) throw invalidTemplate("The template has no list of resources");
  const read = value.map((each) => {
    if (!isJsonObject(each)) throw invalidTemplate("A resource of the template is no object");
    return readResource(each, functions, group);
  });
  return read.map((resource) => ({ ...resource, after: resource.after.map((name) => idIn(read, name)) }));
}

function readResource(declared: JsonObject, functions: TemplateFunctions, group: string): TemplateResource {
  const name = String(evaluateAll(declared.name ?? "", functions));
  checkNames(declared, resourceNames, `The template resource '${name}'`);
  const type = textAt(declared, "type") ?? "";
  const apiVersion = textAt(declared, "apiVersion") ?? "";
  const id = idOf(group, type, name.split("/"));
  if (!id || !findType(type)?.put) {
    throw invalidTemplate(
      `The template resource '${name}' of type '${type}' is not valid, or its type is not emulated`,
    );
  }
  if (!/^\d{4}-\d{2}-\d{2}(-\w+)?$/.test(apiVersion)) {
    throw invalidTemplate(`The template resource '${name}' has no valid apiVersion`);
  }
  const dependsOn = evaluateAll(declared.dependsOn ?? [], functions);
  const after = Array.isArray(dependsOn) ? dependsOn.map(String) : [];
  return { id, type, name, apiVersion, body: evaluateObject(pick(declared, bodyNames), functions), after };
}

/** The id of the template's resource of this name or id. */
function idIn(resources: readonly TemplateResource[], nameOrId: string): string {
  const asked = nameOrId.toLowerCase();
  const found = resources.filter(({ id, name }) => id.toLowerCase() === asked || name.toLowerCase() === asked);
  const [only] = found;
  if (only && found.length === 1) return only.id;
  throw invalidTemplate(`The resource '${nameOrId}' is not defined in the template, or not by this name alone`);
}

/** The resources, each after those that it depends on. */
function ordered(resources: readonly TemplateResource[]): TemplateResource[] {
  const placed: TemplateResource[] = [];
  while (placed.length < resources.length) {
    const ready = resources.filter(
      (resource) => !placed.includes(resource) && resource.after.every((id) => placed.some((each) => each.id === id)),
    );
    if (ready.length === 0) throw invalidTemplate("Circular dependency detected in the template");
    placed.push(...ready);
  }
  return placed;
}

/** `reference` has its value only at the end, but what it names is known now. */
function checkOutputs(outputs: JsonObject, functions: TemplateFunctions, resources: readonly TemplateResource[]): void {
  const known = { ...functions, reference: (name: Json) => idIn(resources, String(name)) };
  for (const name of Object.keys(outputs)) {
    const declaration = objectAt(outputs, name);
    checkNames(declaration, ["type", "value", "metadata"], `The output '${name}'`);
    typeName(declaration.type, `the output '${name}'`);
    for (const text of textsIn(declaration.value ?? null)) {
      const expression = parseExpression(text);
      if (!expression) continue;
      const references = callsOf(expression, "reference");
      for (const [asked] of references) if (asked) known.reference(evaluate(asked, known, text));
      if (references.length === 0) evaluate(expression, known, text);
    }
  }
}

function evaluateOutputs(
  outputs: JsonObject,
  functions: TemplateFunctions,
  resources: readonly TemplateResource[],
  read: (id: string, apiVersion: string) => JsonObject | undefined,
): JsonObject {
  const reference = (name: Json): Json => {
    const id = idIn(resources, String(name));
    const apiVersion = resources.find((resource) => resource.id === id)?.apiVersion ?? "";
    return objectAt(read(id, apiVersion), "properties");
  };
  return Object.fromEntries(
    Object.keys(outputs).map((name) => {
      const declaration = objectAt(outputs, name);
      return [name, shownOutput(declaration, evaluateAll(declaration.value ?? null, { ...functions, reference }))];
    }),
  );
}

function textsIn(value: Json): string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  return isJsonObject(value) ? Object.values(value).flatMap(textsIn) : [];
}

function checkNames(value: JsonObject, known: readonly string[], what: string): void {
  const unknown = Object.keys(value).find((name) => !known.includes(name));
  if (unknown !== undefined) throw invalidTemplate(`${what} has the property '${unknown}', which is not emulated`);
}
