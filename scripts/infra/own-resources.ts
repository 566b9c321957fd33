import { isAtOrBelow } from "../../command/check/scope.ts";
import { ourTag } from "../../command/connect/topics.ts";
import type { GroupResource } from "./group-resources.ts";

const componentType = "microsoft.insights/components";
const endpointType = "microsoft.network/privateendpoints";
const interfaceType = "microsoft.network/networkinterfaces";
const smartRuleType = "microsoft.alertsmanagement/smartdetectoralertrules";
/** The name that Azure gives to a component's rule, by public templates. */
const smartRulePrefix = "failure anomalies - ";

/**
 * Those resources of a deployment's group that are its own: what infra/ tagged with its name, a system topic that `connect` made there, what
 * is within one of these, and what Azure makes beside one without a tag: network interfaces of private endpoints, the rule of smart detection of components. Its action group
 * is left: components elsewhere may use it.
 */
export function ownResources(resources: readonly GroupResource[], environmentName: string): GroupResource[] {
  const made = resources.filter((each) => isMade(each, environmentName));
  const others = resources.filter((each) => !made.includes(each));
  const isOwn = (each: GroupResource) =>
    made.some(({ id }) => isAtOrBelow(each.id, id)) || isInterfaceOf(each, made) || isSmartDetection(each, others);
  return resources.filter(isOwn);
}

function isMade({ tags }: GroupResource, environmentName: string): boolean {
  const byConnect = Object.entries(ourTag).every(([name, value]) => tags[name] === value);
  return tags["azd-env-name"] === environmentName || byConnect;
}

/** Azure names it ENDPOINT.nic.GUID, and copies no tags. It goes with its endpoint. */
function isInterfaceOf(resource: GroupResource, made: readonly GroupResource[]): boolean {
  if (!isOfType(resource, interfaceType)) return false;
  const endpoints = made.filter((each) => isOfType(each, endpointType));
  return endpoints.some((endpoint) => nameOf(resource).startsWith(`${nameOf(endpoint)}.nic.`));
}

/** Told by whether it belongs to others: the component itself may be gone with an earlier run. */
function isSmartDetection(resource: GroupResource, others: readonly GroupResource[]): boolean {
  const theirs = others.filter((each) => isOfType(each, componentType)).map(nameOf);
  const name = nameOf(resource);
  if (!isOfType(resource, smartRuleType) || !name.startsWith(smartRulePrefix)) return false;
  return !theirs.includes(name.slice(smartRulePrefix.length));
}

function isOfType({ type }: GroupResource, name: string): boolean {
  return type.toLowerCase() === name;
}

function nameOf({ id }: GroupResource): string {
  return (id.split("/").at(-1) ?? "").toLowerCase();
}
