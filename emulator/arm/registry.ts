import { invalidNamespace, invalidResourceType } from "./errors.ts";
import type { ProviderAction, ResourceType } from "./resource-type.ts";
import { providerActions, resourceTypes } from "./types/index.ts";

/** The type of this full name, compared without case. */
export function findType(name: string): ResourceType | undefined {
  return resourceTypes.find((type) => type.name.toLowerCase() === name.toLowerCase());
}

/** The type of this full name; throws ARM's 404 for a namespace or a type that it does not know. */
export function requireType(name: string, apiVersion: string): ResourceType {
  const type = findType(name);
  if (type) return type;
  const [namespace = "", ...rest] = name.split("/");
  const siblings = typesOf(namespace);
  if (siblings.length === 0) throw invalidNamespace(namespace);
  throw invalidResourceType(rest.join("/"), namespace, apiVersion, siblings[0]?.apiVersions ?? []);
}

/** All types of a provider. */
export function typesOf(namespace: string): ResourceType[] {
  return resourceTypes.filter((type) => namespaceOf(type.name).toLowerCase() === namespace.toLowerCase());
}

/** The providers that have types, in their own casing. */
export function namespaces(): string[] {
  return [...new Set(resourceTypes.map((type) => namespaceOf(type.name)))];
}

/** The POST of this name on a provider. */
export function findProviderAction(namespace: string, name: string): ProviderAction | undefined {
  const asked = `${namespace}/${name}`.toLowerCase();
  return providerActions.find((action) => `${action.namespace}/${action.name}`.toLowerCase() === asked);
}

function namespaceOf(type: string): string {
  return type.split("/")[0] ?? "";
}
