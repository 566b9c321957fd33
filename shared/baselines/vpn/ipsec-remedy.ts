import type { Json, JsonObject } from "../../json.ts";
import type { Change, Memory, Resource } from "../baseline.ts";
import {
  endOf,
  endsDisagree,
  ikeVersionOf,
  lifetimesOf,
  policiesPath,
  type Standing,
  standingOf,
} from "./connection.ts";
import type { IpsecParameters, IpsecPolicy } from "./ipsec-presets.ts";
import { doubtsOf } from "./ipsec-strength.ts";

/**
 * What has to be written, this end first. Both ends of a VNet-to-VNet tunnel get the same policy: a compliant one is copied, and where
 * both are compliant nothing is written, different or not.
 */
export function remedyOf(resource: Resource, parameters: IpsecParameters, memory: Memory): Change[] {
  const standing = standingOf(resource, parameters);
  const { own, other, wanted } = standing;
  if (endsDisagree(standing)) return [];
  const source = own.policy ?? other?.policy ?? rememberedPolicy(resource, standing, memory) ?? { ...wanted };
  const changes: Change[] = [];
  if (own.policy === undefined) changes.push(changeOf("", completed(source, wanted, own.policies)));
  if (other && other.policy === undefined) {
    changes.push(changeOf("otherEnd", completed(source, wanted, other.policies)));
  }
  return changes;
}

/** The policy that the connection last was compliant with, as long as it still is strong enough and in no doubt: its peer speaks it. */
export function rememberedPolicy(resource: Resource, standing: Standing, memory: Memory): JsonObject | undefined {
  const { policy } = endOf(memory.lastCompliant?.[policiesPath], standing.wanted, ikeVersionOf(resource));
  return policy === undefined || doubtsOf(policy).length > 0 ? undefined : policy;
}

/** A policy with all fields. Lifetimes are each end's own business: those that it has stay. */
function completed(policy: JsonObject, wanted: IpsecPolicy, present: Json): JsonObject {
  const { saLifeTimeSeconds, saDataSizeKilobytes } = wanted;
  const lifetimes = { saLifeTimeSeconds, saDataSizeKilobytes, ...lifetimesOf([policy]), ...lifetimesOf(present) };
  return { ...policy, ...lifetimes };
}

function changeOf(part: string, policy: JsonObject): Change {
  return { part, patch: { properties: { ipsecPolicies: [policy] } } };
}
