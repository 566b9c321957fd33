import { type JsonObject, objectAt, textAt } from "../../json.ts";
import type { IpsecPolicy, Peer, PresentPeer } from "../../peers.ts";
import type { PlanContext } from "../../resource-type.ts";
import type { StoredResource } from "../../store.ts";
import { algorithmNames, readIpsecPolicies } from "./ipsec-policy.ts";
import { networkError } from "./network-error.ts";

/**
 * The tag of a local network gateway that says what the device behind it speaks, so that a tunnel made by az or curl has a far
 * end. Azure knows no such tag: to it, the device is whatever stands there.
 *
 * Its value: `defaults`, `anything`, or six algorithms in the order of `algorithmNames` with slashes between; several with commas.
 */
const tagName = "peer-speaks";

/** Both are each side's own affair: no tunnel fails for them. */
const lifetimes = { saLifeTimeSeconds: 27000, saDataSizeKilobytes: 102400000 };

/**
 * The gateway, with the moment since which its device has spoken what its tag says. Throws 400 for a tag that can't be read:
 * a word misspelt would be a tunnel that stays down for no reason that anybody sees.
 */
export function withPeerOf(
  gateway: StoredResource,
  before: StoredResource | undefined,
  { now }: Pick<PlanContext, "now">,
): StoredResource {
  const value = tagOf(gateway);
  if (value !== undefined) readSpoken(value);
  if (before && value === tagOf(before)) return { ...gateway, hidden: { ...gateway.hidden, ...before.hidden } };
  return { ...gateway, hidden: { ...gateway.hidden, speaksSince: before ? Date.parse(now) : 0 } };
}

/** The device behind a connection's local network gateway; undefined where no tag tells of one. */
export function peerByTag(connection: StoredResource, store: PlanContext["store"]): PresentPeer | undefined {
  const id = textAt(objectAt(objectAt(connection.body, "properties"), "localNetworkGateway2"), "id");
  const gateway = id === undefined ? undefined : store.get(id);
  const value = gateway && tagOf(gateway);
  if (value === undefined) return undefined;
  const since = gateway?.hidden?.speaksSince;
  return { speaks: readSpoken(value), since: typeof since === "number" ? since : 0 };
}

function tagOf({ body }: { body: JsonObject }): string | undefined {
  const found = Object.entries(objectAt(body, "tags")).find(([name]) => name.toLowerCase() === tagName);
  return found && String(found[1]);
}

function readSpoken(value: string): Peer["speaks"] {
  return value.split(",").map((each) => {
    const spoken = each.trim();
    return spoken === "defaults" || spoken === "anything" ? spoken : readAlgorithms(spoken);
  });
}

function readAlgorithms(text: string): IpsecPolicy {
  const names = text.split("/").map((name) => name.trim());
  if (names.length !== algorithmNames.length) throw unknown(text);
  const asked = Object.fromEntries(algorithmNames.map((name, index) => [name, names[index] ?? ""]));
  const [policy] = readIpsecPolicies([{ ...lifetimes, ...asked }]);
  if (!policy) throw unknown(text);
  return policy;
}

function unknown(text: string) {
  const allowed = `defaults, anything or ${algorithmNames.join("/")}`;
  return networkError(
    400,
    "InvalidPeerTag",
    `The local Azure's tag ${tagName} says ${JSON.stringify(text)}; allowed is ${allowed}, and several of these with commas.`,
  );
}
