import { describe, expect, test } from "vitest";
import { ipsecParameters, wantedPolicy } from "../../../../shared/baselines/vpn/ipsec-presets.ts";
import { cnsa, interoperable } from "./connections.ts";

describe("wantedPolicy", () => {
  test("is the CNSA preset by default", () => {
    expect(wantedPolicy(ipsecParameters.parse({}), "IKEv2")).toEqual(cnsa);
  });

  test("is the interoperable preset where it is asked for", () => {
    expect(wantedPolicy(ipsecParameters.parse({ preset: "interoperable" }), "IKEv2")).toEqual(interoperable);
  });

  test("takes single fields from parameters, all else from the preset", () => {
    const parameters = ipsecParameters.parse({ dhGroup: "ECP256", saLifeTimeSeconds: 3_600 });

    expect(wantedPolicy(parameters, "IKEv2")).toEqual({ ...cnsa, dhGroup: "ECP256", saLifeTimeSeconds: 3_600 });
  });

  test("is the interoperable preset for IKEv1, whatever algorithms are asked for", () => {
    const parameters = ipsecParameters.parse({ dhGroup: "ECP384", saLifeTimeSeconds: 3_600 });

    expect(wantedPolicy(parameters, "IKEv1")).toEqual({ ...interoperable, saLifeTimeSeconds: 3_600 });
  });
});

describe("parameters", () => {
  test.each([
    { ikeEncryption: "DES3" },
    { ikeIntegrity: "GCMAES256" },
    { dhGroup: "DHGroup24" },
    { pfsGroup: "None" },
    { saLifeTimeSeconds: 299 },
    { saDataSizeKilobytes: 1_023 },
    { lookBackSeconds: 4 },
    { lookBackSeconds: 86_401 },
    { readyConnections: "all" },
  ])("refuse %o", (parameters) => {
    expect(ipsecParameters.safeParse(parameters).success).toBe(false);
  });

  test("give a tunnel five minutes to come back, and as little as five seconds where asked to", () => {
    expect(ipsecParameters.parse({}).lookBackSeconds).toBe(300);
    expect(ipsecParameters.parse({ lookBackSeconds: 5 }).lookBackSeconds).toBe(5);
  });

  test("refuse a policy that the service would refuse, and say why", () => {
    const parsed = ipsecParameters.safeParse({ preset: "interoperable", ipsecEncryption: "GCMAES256" });

    expect(parsed.error?.issues.map(({ message }) => message)).toEqual([
      "The service refuses this policy: ipsecEncryption and ipsecIntegrity must be the same where one is GCM.",
    ]);
  });
});
