import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Resource } from "../../../../shared/baselines/baseline.ts";
import { ipsecPolicy } from "../../../../shared/baselines/vpn/ipsec-policy.ts";
import type { Json } from "../../../../shared/json.ts";
import { bound, differingPaths } from "../changes.ts";
import {
  anyConnection,
  anyPolicies,
  applied,
  cnsa,
  connection,
  interoperable,
  oddJson,
  pair,
  weak,
} from "./connections.ts";

const { check, fix, unsupported, lookBack } = bound(ipsecPolicy);
const ownPath = "properties.ipsecPolicies";
const otherPath = "otherEnd/properties.ipsecPolicies";

describe("a connection of its own", () => {
  test("is compliant with one policy that is as strong as the wanted one", () => {
    expect(check(connection({ ipsecPolicies: [cnsa] }))).toEqual([]);
  });

  test("is compliant with a stronger policy of the customer's own", () => {
    const { check, fix } = bound(ipsecPolicy, { preset: "interoperable" });
    const resource = connection({ ipsecPolicies: [cnsa] });

    expect(check(resource)).toEqual([]);
    expect(fix(resource, {})).toEqual([]);
  });

  test.each<{ ipsecPolicies: Json; what: string }>([
    { ipsecPolicies: [], what: "no policy is set" },
    { ipsecPolicies: null, what: "no policy is set" },
    { ipsecPolicies: [cnsa, cnsa], what: "more than one" },
    { ipsecPolicies: [weak], what: "ikeEncryption DES3 is weak" },
    { ipsecPolicies: [{ ...cnsa, ipsecIntegrity: "GCMAES128" }], what: "must be the same" },
    { ipsecPolicies: ["AES256"], what: "no object" },
  ])("is not compliant where $what", ({ ipsecPolicies, what }) => {
    const findings = check(connection({ ipsecPolicies }));

    expect(findings).toMatchObject([{ path: ownPath, remedy: "fix", actual: ipsecPolicies }]);
    expect(findings[0]?.explanation).toContain(what);
  });

  test("shows null where the property is absent", () => {
    expect(check({ id: "/empty", body: {}, parts: {} })).toMatchObject([{ actual: null }]);
  });

  test("holds IKEv1 against the interoperable preset, and refuses GCM in its key exchange", () => {
    const ikev1 = { connectionProtocol: "IKEv1" };

    expect(check(connection({ ...ikev1, ipsecPolicies: [interoperable] }))).toEqual([]);
    expect(check(connection({ ...ikev1, ipsecPolicies: [cnsa] }))).toMatchObject([{ remedy: "fix" }]);
    expect(fix(connection(ikev1), {})).toEqual([changeTo(interoperable)]);
  });

  test("with a doubtful group is only reported", () => {
    const resource = connection({ ipsecPolicies: [{ ...cnsa, dhGroup: "DHGroup24" }] });

    expect(check(resource)).toMatchObject([{ path: ownPath, remedy: "report" }]);
    expect(fix(resource, {})).toEqual([]);
  });

  test("without a policy gets the wanted one, lifetimes and all", () => {
    expect(fix(connection(), {})).toEqual([changeTo(cnsa)]);
  });

  test("keeps its own lifetimes", () => {
    const { saLifeTimeSeconds, saDataSizeKilobytes } = weak;

    expect(fix(connection({ ipsecPolicies: [weak] }), {})).toEqual([
      changeTo({ ...cnsa, saLifeTimeSeconds, saDataSizeKilobytes }),
    ]);
  });

  test.each<{ saLifeTimeSeconds: Json }>([{ saLifeTimeSeconds: 0 }, { saLifeTimeSeconds: "1h" }])(
    "does not keep $saLifeTimeSeconds, which the service would refuse",
    ({ saLifeTimeSeconds }) => {
      const resource = connection({ ipsecPolicies: [{ ...cnsa, dhGroup: "None", saLifeTimeSeconds }] });

      expect(fix(resource, {})).toEqual([changeTo(cnsa)]);
    },
  );

  test("gets back the policy that it was compliant with", () => {
    const own = { ...cnsa, saLifeTimeSeconds: 3_600 };
    const { fix } = bound(ipsecPolicy, { preset: "interoperable" });

    expect(fix(connection(), { lastCompliant: { [ownPath]: [own] } })).toEqual([changeTo(own)]);
  });

  test.each<{ remembered: Json; why: string }>([
    { remembered: [interoperable], why: "is no longer strong enough" },
    { remembered: [{ ...cnsa, pfsGroup: "PFS24" }], why: "is in doubt" },
    { remembered: "cnsa", why: "is no list" },
  ])("does not get back a policy that $why", ({ remembered }) => {
    expect(fix(connection(), { lastCompliant: { [ownPath]: remembered } })).toEqual([changeTo(cnsa)]);
  });

  test.each([
    { connectionType: "ExpressRoute", why: "no IPsec tunnel" },
    { connectionType: "VPNClient", why: "belongs to its gateway" },
    { connectionType: "Unheard", why: "not known" },
  ])("of type $connectionType is not supported", ({ connectionType, why }) => {
    expect(unsupported?.(connection({ connectionType }))).toContain(why);
  });

  test.each(["IPsec", "Vnet2Vnet", "vnet2vnet"])("of type %s is supported", (connectionType) => {
    expect(unsupported?.(connection({ connectionType }))).toBeUndefined();
  });
});

describe("a VNet-to-VNet connection", () => {
  test("is compliant where both ends have the same policy, whatever their lifetimes", () => {
    expect(check(pair([cnsa], [{ ...cnsa, saLifeTimeSeconds: 3_600 }]))).toEqual([]);
  });

  test("gets the other end's policy where that is compliant, even when it remembers another", () => {
    const { check, fix } = bound(ipsecPolicy, { preset: "interoperable" });
    const own = { ...interoperable, pfsGroup: "ECP256" };
    const resource = pair([], [own]);

    expect(check(resource)).toMatchObject([{ path: ownPath, remedy: "fix" }]);
    expect(fix(resource, { lastCompliant: { [ownPath]: [cnsa] } })).toEqual([changeTo(own)]);
  });

  test("gives its policy to the other end, which keeps its lifetimes", () => {
    const { saLifeTimeSeconds, saDataSizeKilobytes } = weak;
    const resource = pair([cnsa], [weak]);

    expect(check(resource)).toMatchObject([{ path: otherPath, remedy: "fix", actual: [weak] }]);
    expect(fix(resource, {})).toEqual([changeTo({ ...cnsa, saLifeTimeSeconds, saDataSizeKilobytes }, "otherEnd")]);
  });

  test("is fixed at this end first, then at the other, with the same policy", () => {
    expect(check(pair([], [])).map(({ path }) => path)).toEqual([ownPath, otherPath]);
    expect(fix(pair([], []), {})).toEqual([changeTo(cnsa), changeTo(cnsa, "otherEnd")]);
  });

  test("gets at both ends what it was compliant with", () => {
    const { fix } = bound(ipsecPolicy, { preset: "interoperable" });
    const memory = { lastCompliant: { [ownPath]: [cnsa] } };

    expect(fix(pair([], []), memory)).toEqual([changeTo(cnsa), changeTo(cnsa, "otherEnd")]);
  });

  test("is only reported where both ends are compliant and differ", () => {
    const { check, fix } = bound(ipsecPolicy, { preset: "interoperable" });
    const resource = pair([cnsa], [interoperable]);

    expect(check(resource)).toMatchObject([
      { path: ownPath, remedy: "report", expected: "the same policy at both ends" },
    ]);
    expect(fix(resource, {})).toEqual([]);
  });

  test.each(["unreadable", "out-of-scope", "missing"])("is judged alone where the other end is %s", (status) => {
    expect(check(pair([cnsa], [], status))).toEqual([]);
    expect(check(pair([], [], status))).toMatchObject([{ path: ownPath, remedy: "fix" }]);
  });
});

describe("whatever the connection", () => {
  const parameters = fc.constantFrom<object>(
    {},
    { preset: "interoperable" },
    { dhGroup: "ECP256", pfsGroup: "PFS2048" },
  );
  const memory = fc.oneof(
    fc.constant({}),
    anyPolicies.map((policies) => ({ lastCompliant: { [ownPath]: policies } })),
  );

  test("there is a fix exactly where a finding asks for one, it leaves none, and a second one is empty", () => {
    fc.assert(
      fc.property(anyConnection, parameters, memory, (resource, parameters, memory) => {
        const { check, fix } = bound(ipsecPolicy, parameters);
        const changes = fix(resource, memory);
        const after = applied(resource, changes);

        expect(changes.length > 0).toBe(hasFixable(check(resource)));
        expect(hasFixable(check(after))).toBe(false);
        expect(fix(after, memory)).toEqual([]);
      }),
      { seed: 20_240_619, numRuns: 1_000 },
    );
  });

  test("nothing is touched, and nothing is shown, but what the baseline owns", () => {
    fc.assert(
      fc.property(anyConnection, parameters, memory, (resource, parameters, memory) => {
        const { check, fix, guards } = bound(ipsecPolicy, parameters);
        const before = structuredClone(resource);
        const touched = differingPaths(resource, applied(resource, fix(resource, memory)));
        for (const guard of guards) guard.evaluate(resource, memory);

        expect(resource).toEqual(before);
        expect(ipsecPolicy.owns).toEqual(expect.arrayContaining(touched));
        expect(ipsecPolicy.owns).toEqual(expect.arrayContaining(check(resource).map(({ path }) => path)));
      }),
      { seed: 20_240_619, numRuns: 500 },
    );
  });

  test("nothing throws on a document that is no connection at all", () => {
    const odd = fc.record({ properties: oddJson }, { requiredKeys: [] });
    const parts = fc.record({ otherEnd: oddJson, gateway: oddJson }, { requiredKeys: [] });
    fc.assert(
      fc.property(odd, parts, (body, parts) => {
        const resource: Resource = { id: "/odd", body: { ...body }, parts: { ...parts } };
        const { guards } = bound(ipsecPolicy);
        unsupported?.(resource);
        for (const guard of guards) guard.evaluate(resource);

        expect(hasFixable(check(applied(resource, fix(resource, {}))))).toBe(false);
      }),
      { seed: 20_240_619, numRuns: 500 },
    );
  });
});

describe("the look-back", () => {
  test("comes after the time that the parameters say", () => {
    expect(lookBack?.afterSeconds).toBe(300);
    expect(bound(ipsecPolicy, { lookBackSeconds: 120 }).lookBack?.afterSeconds).toBe(120);
  });

  test.each([
    { connectionStatus: "Connected", works: true },
    { connectionStatus: "Connecting", works: undefined },
    { connectionStatus: null, works: false },
  ])("takes $connectionStatus for working: $works", ({ connectionStatus, works }) => {
    expect(lookBack?.works(connection({ connectionStatus }))).toBe(works);
  });
});

function changeTo(policy: { [field: string]: Json }, part = "") {
  return { part, patch: { properties: { ipsecPolicies: [policy] } } };
}

function hasFixable(findings: { remedy: string }[]): boolean {
  return findings.some(({ remedy }) => remedy === "fix");
}
