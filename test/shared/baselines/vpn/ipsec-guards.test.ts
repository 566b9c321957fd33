import { describe, expect, test } from "vitest";
import type { Memory, Resource } from "../../../../shared/baselines/baseline.ts";
import { ipsecPolicy } from "../../../../shared/baselines/vpn/ipsec-policy.ts";
import type { Json } from "../../../../shared/json.ts";
import { bound } from "../changes.ts";
import { cnsa, connection, connectionId, interoperable, pair, weak } from "./connections.ts";

const inUse = connection({ connectionStatus: "Connected", ipsecPolicies: [weak] });

describe("gateway-takes-no-policy", () => {
  test.each<{ properties: { [name: string]: Json }; cause: string }>([
    { properties: { sku: { name: "Basic" }, vpnType: "RouteBased" }, cause: "its SKU is Basic" },
    { properties: { sku: { name: "VpnGw1" }, vpnType: "PolicyBased" }, cause: "it is policy-based" },
  ])("leaves the connection alone where $cause", ({ properties, cause }) => {
    const verdict = ask("gateway-takes-no-policy", connection({}, { otherEnd: null, gateway: { properties } }));

    expect(verdict).toMatchObject({ leaveAlone: true, allowed: false });
    expect(verdict?.reason).toContain(cause);
  });

  test.each<{ gateway: Json }>([
    { gateway: { properties: { sku: { name: "VpnGw1AZ" }, vpnType: "RouteBased" } } },
    { gateway: null },
    { gateway: "gateway" },
  ])("says nothing of $gateway", ({ gateway }) => {
    expect(ask("gateway-takes-no-policy", connection({}, { otherEnd: null, gateway }))).toBeUndefined();
  });
});

describe("other-end-unreachable", () => {
  test.each(["unreadable", "out-of-scope", "missing", "odd"])("stops the fix where the other end is %s", (status) => {
    expect(ask("other-end-unreachable", pair([], [], status))).toMatchObject({ allowed: false });
  });

  test("stops the fix where nothing was told of the other end", () => {
    expect(ask("other-end-unreachable", connection({ connectionType: "Vnet2Vnet" }))).toMatchObject({ allowed: false });
  });

  test("says nothing where the other end can be read, or is not Azure's", () => {
    expect(ask("other-end-unreachable", pair([], []))).toBeUndefined();
    expect(ask("other-end-unreachable", connection())).toBeUndefined();
  });
});

describe("peer-unknown", () => {
  test("stops the fix of a connected tunnel that was never compliant, with the proposal for the peer", () => {
    const verdict = ask("peer-unknown", inUse);

    expect(verdict).toMatchObject({ allowed: false });
    expect(verdict?.advice).toContain(
      "ikeEncryption GCMAES256, ikeIntegrity SHA384, dhGroup ECP384, ipsecEncryption GCMAES256, ipsecIntegrity GCMAES256, pfsGroup ECP384",
    );
  });

  test("proposes the interoperable policy for IKEv1", () => {
    const resource = connection({ connectionStatus: "Connected", connectionProtocol: "IKEv1" });

    expect(ask("peer-unknown", resource)?.advice).toContain("ikeEncryption AES256");
  });

  test("lets the policy that the connection was compliant with be written", () => {
    expect(ask("peer-unknown", inUse, { lastCompliant: { "properties.ipsecPolicies": [cnsa] } })).toBeUndefined();
  });

  test("stops the fix where what was compliant once no longer is", () => {
    const memory = { lastCompliant: { "properties.ipsecPolicies": [interoperable] } };

    expect(ask("peer-unknown", inUse, memory)).toMatchObject({ allowed: false });
  });

  test("says nothing of a connection that is listed as ready, whatever the case of its id", () => {
    const { guards } = bound(ipsecPolicy, { readyConnections: [connectionId.toUpperCase()] });

    expect(guards.find(({ id }) => id === "peer-unknown")?.evaluate(inUse)).toBeUndefined();
  });

  test("is asked again in a while where the tunnel is being negotiated: a tunnel in use is, too, after each change", () => {
    const negotiating = connection({ connectionStatus: "Connecting", ipsecPolicies: [weak] });

    expect(ask("peer-unknown", negotiating)).toMatchObject({ allowed: false, askAgainSeconds: 30 });
    expect(ask("peer-unknown", negotiating, { lastCompliant: { "properties.ipsecPolicies": [cnsa] } })).toBeUndefined();
  });

  test.each(["NotConnected", "Unknown"])("says nothing of a tunnel that is %s", (connectionStatus) => {
    expect(ask("peer-unknown", connection({ connectionStatus }))).toBeUndefined();
  });

  test("takes a status that is not told for connected", () => {
    expect(ask("peer-unknown", connection({ connectionStatus: null }))?.reason).toContain("may be connected");
  });

  test("says nothing of VNet-to-VNet, where both ends get the policy", () => {
    expect(ask("peer-unknown", pair([], []))).toBeUndefined();
  });
});

function ask(guard: string, resource: Resource, memory: Memory = {}) {
  return bound(ipsecPolicy)
    .guards.find(({ id }) => id === guard)
    ?.evaluate(resource, memory);
}
