import type { Json } from "../../shared/json.ts";
import { type AcceptedPolicy, filePolicy } from "../../shared/policy/file-policy.ts";
import type { PolicyScope } from "../../shared/policy/policy-schema.ts";
import type { BaselinePolicy } from "../../shared/policy/resource-policy.ts";
import { type Scope, scopeText } from "../../shared/policy/scopes.ts";
import { asSeen, unknownIn } from "../template/value.ts";
import type { Assembled } from "./whole-resource.ts";

/** A policy file, and the resource group that a file will be deployed to: rules go by where a resource is. */
export interface DeclaredPolicy {
  accepted: AcceptedPolicy;
  scope: Scope;
}

/** What a policy says of a declared resource; or why that is known only once it is deployed. */
export type DeclaredWord = { known: true; policies: BaselinePolicy[] } | { known: false; why: string };

/**
 * What a policy says of each baseline of a resource that a file declares. It is not known where rules or exemptions go by something that
 * the file leaves open: management groups, a tag, a name. Pure.
 */
export function declaredPolicies(each: Assembled, { accepted, scope }: DeclaredPolicy): DeclaredWord {
  const { rules, exemptions } = accepted.file;
  const scopes = [...rules, ...exemptions].flatMap((one) => one.scope ?? []);
  const open = openThing(each, scopes);
  if (open !== undefined) {
    return { known: false, why: `The policy goes by ${open}, which only the deployment knows.` };
  }
  const { whole, type } = each;
  const subject = { id: `${scopeText(scope)}${whole.id}`, type, tags: tagsOf(each) };
  return { known: true, policies: filePolicy(accepted, undefined).of(subject, accepted.acceptedAt) };
}

function openThing(each: Assembled, scopes: readonly NonNullable<PolicyScope>[]): string | undefined {
  if (scopes.some(({ managementGroup }) => managementGroup !== undefined)) return "management groups";
  const byTag = scopes.some(({ tag }) => tag !== undefined);
  const unknownTag = unknownIn(each.whole.body.tags);
  if (byTag && isPartAlone(each)) return "tags of a resource that is there already";
  if (byTag && unknownTag) return `tags, and here ${unknownTag.expression}`;
  const byName = scopes.some(({ resource, glob }) => resource !== undefined || glob !== undefined);
  return byName && !isNameKnown(each) ? `the name of ${each.name}` : undefined;
}

/** The file declares a part of it alone. */
function isPartAlone({ declared, type }: Assembled): boolean {
  return declared.type.toLowerCase() !== type.toLowerCase();
}

/** A template writes `{...}` for what it does not know; a plan has the address in the place of a name, or of the parent's. */
function isNameKnown({ name, type, declared: { address } }: Assembled): boolean {
  const names = name.split("/");
  if (name.includes("{") || names.length !== type.split("/").length - 1) return false;
  return address === undefined || names[0] !== address.replaceAll("/", "_");
}

function tagsOf({ whole }: Assembled): Json | undefined {
  const { tags } = whole.body;
  return tags === undefined ? undefined : asSeen(tags, () => null);
}
