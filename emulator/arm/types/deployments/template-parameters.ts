import { isJsonObject, type Json, type JsonObject, objectAt, textAt } from "../../json.ts";
import { evaluateAll, type TemplateFunctions } from "./expression.ts";
import { invalidTemplate } from "./invalid-template.ts";

/** A template's parameters: their values, and how a deployment shows them. */
export interface TemplateParameters {
  values: JsonObject;
  /** Secure ones without their value (recorded). */
  shown: JsonObject;
}

/** The names of types as a deployment answers them, by what a template may write. */
const typeNames = new Map([
  ["string", "String"],
  ["securestring", "SecureString"],
  ["int", "Int"],
  ["bool", "Bool"],
  ["object", "Object"],
  ["secureobject", "SecureObject"],
  ["array", "Array"],
]);

/** The type's name as answered; throws InvalidTemplate for one that there is not. */
export function typeName(type: Json | undefined, where: string): string {
  const name = typeNames.get(String(type).toLowerCase());
  if (name === undefined) throw invalidTemplate(`The type '${type}' of ${where} is not valid.`);
  return name;
}

/** Reads what was sent against what the template declares. */
export function readParameters(
  declared: JsonObject,
  sent: JsonObject,
  functions: TemplateFunctions,
): TemplateParameters {
  for (const name of Object.keys(sent)) {
    if (findKey(declared, name) !== undefined) continue;
    throw invalidTemplate(
      `The template parameters '${name}' in the parameters file are not valid; they are not present in the original template and can therefore not be provided at deployment time.`,
    );
  }
  const values: JsonObject = {};
  const shown: JsonObject = {};
  for (const name of Object.keys(declared)) {
    const declaration = objectAt(declared, name);
    const type = typeName(declaration.type, `the template parameter '${name}'`);
    const value = parameterValue(name, declaration, objectAt(sent, findKey(sent, name) ?? ""), functions);
    checkType(name, type, value);
    values[name] = value;
    shown[name] = type.startsWith("Secure") ? { type } : { type, value };
  }
  return { values, shown };
}

function parameterValue(name: string, declaration: JsonObject, sent: JsonObject, functions: TemplateFunctions): Json {
  if (sent.reference !== undefined) throw invalidTemplate(`The reference of parameter '${name}' is not emulated.`);
  const { value = evaluateAll(declaration.defaultValue ?? null, functions) } = sent;
  if (sent.value === undefined && declaration.defaultValue === undefined) {
    throw invalidTemplate(
      `The value for the template parameter '${name}' is not provided. Please see https://aka.ms/arm-create-parameter-file for usage details.`,
    );
  }
  const { allowedValues } = declaration;
  if (Array.isArray(allowedValues) && !allowedValues.includes(value)) {
    throw invalidTemplate(`The provided value for the template parameter '${name}' is not part of the allowed values.`);
  }
  return value;
}

function checkType(name: string, type: string, value: Json): void {
  const fits =
    (type.endsWith("String") && typeof value === "string") ||
    (type === "Int" && Number.isInteger(value)) ||
    (type === "Bool" && typeof value === "boolean") ||
    (type === "Array" && Array.isArray(value)) ||
    (type.endsWith("Object") && isJsonObject(value));
  if (fits) return;
  throw invalidTemplate(`Template parameter JToken type is not valid. Expected '${type}' for the parameter '${name}'.`);
}

/** The key of this name, compared without case. */
export function findKey(object: JsonObject, name: string): string | undefined {
  return Object.keys(object).find((key) => key.toLowerCase() === name.toLowerCase());
}

/** How a deployment shows an output of this type. */
export function shownOutput(declaration: JsonObject, value: Json): JsonObject {
  const type = typeName(textAt(declaration, "type"), "an output");
  return type.startsWith("Secure") ? { type } : { type, value };
}
