import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { JsonObject } from "../../../emulator/arm/index.ts";
import { errorOf, type LocalArm, startLocalArm } from "./local-arm.ts";
import { getProperties, putConnection, seedConnection, strong, weak } from "./network-world.ts";

let local: LocalArm;
beforeEach(async () => {
  local = await startLocalArm();
});
afterEach(() => local.arm.close());

async function refusal(policy: JsonObject, others: JsonObject = {}): Promise<string> {
  const answer = await putConnection(local, { ipsecPolicies: [policy], ...others });
  expect(answer.status).toBe(400);
  expect((await getProperties(local)).ipsecPolicies).toEqual([]);
  return `${errorOf(answer).code} ${JSON.stringify(answer.body)}`;
}

describe("a custom policy", () => {
  beforeEach(() => seedConnection(local.arm));

  it.each([strong, weak])("is taken, strong or weak", async (policy) => {
    expect((await putConnection(local, { ipsecPolicies: [{ ...policy }] })).status).toBe(200);
    expect((await getProperties(local)).ipsecPolicies).toEqual([policy]);
  });

  it.each(Object.keys(strong))("is refused without %s", async (name) => {
    const { [name]: _left, ...rest }: JsonObject = { ...strong };
    expect(await refusal(rest)).toContain(`Required property '${name}'`);
  });

  it.each([
    ["ikeEncryption", "RC4"],
    ["ipsecIntegrity", "SHA512"],
    ["dhGroup", "constructor"],
    ["saLifeTimeSeconds", "300"],
  ])("is refused with %s %s, which is no value of that", async (name, value) => {
    expect(await refusal({ ...strong, [name]: value })).toMatch(/^InvalidRequestFormat .*InvalidJson/);
  });

  it.each([
    [{ saLifeTimeSeconds: 299 }, "SaLifeTimeSeconds"],
    [{ saDataSizeKilobytes: 1023 }, "SaDataSizeKilobytes"],
    [{ ipsecEncryption: "AES256" }, "GcmCombination"],
    [{ ipsecIntegrity: "GCMAES128" }, "GcmCombination"],
    [{ ikeIntegrity: "GCMAES256" }, "IkeIntegrity"],
  ])("is refused with %j", async (change, code) => {
    expect(await refusal({ ...strong, ...change })).toContain(`InvalidIpsecPolicy${code}`);
  });

  it("is the only one", async () => {
    const answer = await putConnection(local, { ipsecPolicies: [{ ...strong }, { ...weak }] });
    expect(errorOf(answer).code).toBe("OnlyOneIpsecPolicyAllowed");
  });
});

describe("a custom policy is refused", () => {
  it("by a gateway of the Basic SKU", async () => {
    seedConnection(local.arm, {}, { sku: { name: "Basic" } });
    expect(await refusal({ ...strong })).toContain("IpsecPoliciesNotSupportedOnBasicSku");
  });

  it("by a policy-based gateway", async () => {
    seedConnection(local.arm, {}, { vpnType: "PolicyBased" });
    expect(await refusal({ ...strong })).toContain("IpsecPoliciesNotSupportedOnPolicyBased");
  });

  it("by an ExpressRoute connection", async () => {
    const circuit = { connectionType: "ExpressRoute", peer: { id: "/circuit" } };
    seedConnection(local.arm, circuit);
    expect(await refusal({ ...strong }, circuit)).toContain("IpsecPoliciesNotSupportedOnConnectionType");
  });

  it("with GCMAES for IKE by IKEv1", async () => {
    seedConnection(local.arm, { connectionProtocol: "IKEv1" });
    expect(await refusal({ ...strong, ikeEncryption: "GCMAES256" })).toContain("IkeEncryptionNotSupportedWithIkeV1");
  });
});

describe("a connection refuses", () => {
  it("to lose its policy while it uses policy-based traffic selectors", async () => {
    seedConnection(local.arm, { ipsecPolicies: [{ ...strong }], usePolicyBasedTrafficSelectors: true });
    const answer = await putConnection(local, { usePolicyBasedTrafficSelectors: true });
    expect(errorOf(answer).code).toBe("PolicyBasedTrafficSelectorsRequireIpsecPolicy");
  });

  it("another protocol in place", async () => {
    seedConnection(local.arm, { connectionProtocol: "IKEv1" });
    const answer = await putConnection(local, { connectionProtocol: "IKEv2" });
    expect(errorOf(answer).code).toBe("ConnectionProtocolCannotBeChanged");
  });

  it("a dead peer timeout outside 9 to 3600 s, but for 0", async () => {
    seedConnection(local.arm);
    expect((await putConnection(local, { dpdTimeoutSeconds: 0 })).status).toBe(200);
    expect(errorOf(await putConnection(local, { dpdTimeoutSeconds: 8 })).code).toBe("InvalidDpdTimeoutSeconds");
  });
});
