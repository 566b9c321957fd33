import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  doubtsOf,
  haveSameAlgorithms,
  invalidCombinationsOf,
  weaknessesOf,
} from "../../../../shared/baselines/vpn/ipsec-strength.ts";
import { anyPolicy, cnsa, interoperable, oddJson } from "./connections.ts";

const settings = { seed: 20_240_619, numRuns: 500 };
/** Policies of which nothing is weak, doubtful or invalid. */
const strongPolicy = fc
  .record({
    ikeEncryption: fc.constantFrom("AES128", "AES192", "AES256", "GCMAES128", "GCMAES256"),
    ikeIntegrity: fc.constantFrom("SHA256", "SHA384"),
    dhGroup: fc.constantFrom("DHGroup14", "DHGroup2048", "ECP256", "ECP384"),
    ipsec: fc.oneof(
      fc.constantFrom("GCMAES128", "GCMAES192", "GCMAES256").map((name) => ({ encryption: name, integrity: name })),
      fc.constantFrom("AES128", "AES192", "AES256").map((name) => ({ encryption: name, integrity: "SHA256" })),
    ),
    pfsGroup: fc.constantFrom("PFS2048", "ECP256", "ECP384"),
  })
  .map(({ ipsec, ...policy }) => ({ ...policy, ipsecEncryption: ipsec.encryption, ipsecIntegrity: ipsec.integrity }));

const weakNames = ["None", "DES", "DES3", "MD5", "SHA1", "DHGroup1", "DHGroup2", "PFS1", "PFS2"];

describe("weaknessesOf", () => {
  test("finds none in the wanted policy itself, nor in a stronger one", () => {
    expect(weaknessesOf(cnsa, cnsa, "IKEv2")).toEqual([]);
    expect(weaknessesOf(interoperable, interoperable, "IKEv1")).toEqual([]);
    expect(weaknessesOf(cnsa, interoperable, "IKEv2")).toEqual([]);
  });

  test("names each algorithm that is weaker than the wanted one", () => {
    expect(weaknessesOf({ ...cnsa, dhGroup: "DHGroup14", ikeIntegrity: "SHA256" }, cnsa, "IKEv2")).toEqual([
      "ikeIntegrity SHA256 is weaker than SHA384",
      "dhGroup DHGroup14 is weaker than ECP384",
    ]);
  });

  test.each([
    { field: "ikeEncryption", names: ["DES", "DES3"] },
    { field: "ikeIntegrity", names: ["MD5", "SHA1"] },
    { field: "dhGroup", names: ["None", "DHGroup1", "DHGroup2"] },
    { field: "ipsecEncryption", names: ["None", "DES", "DES3"] },
    { field: "ipsecIntegrity", names: ["MD5", "SHA1"] },
    { field: "pfsGroup", names: ["None", "PFS1", "PFS2"] },
  ])("counts $names as weak in $field, whatever their case", ({ field, names }) => {
    for (const name of names.flatMap((each) => [each, each.toLowerCase()])) {
      const weaknesses = weaknessesOf({ ...interoperable, [field]: name }, interoperable, "IKEv2");

      expect(weaknesses).toEqual([`${field} ${name} is weak`]);
    }
  });

  test("takes DHGroup14 and DHGroup2048 for the same", () => {
    const other = { ...interoperable, dhGroup: "DHGroup2048" };

    expect(weaknessesOf(other, interoperable, "IKEv2")).toEqual([]);
    expect(weaknessesOf(interoperable, other, "IKEv2")).toEqual([]);
  });

  test("counts a field that is missing or no text as weak", () => {
    const { pfsGroup: _absent, ...rest } = cnsa;

    expect(weaknessesOf(rest, cnsa, "IKEv2")).toEqual(["pfsGroup is not set"]);
    expect(weaknessesOf({ ...cnsa, dhGroup: 14 }, cnsa, "IKEv2")).toEqual(["dhGroup is not set"]);
    expect(weaknessesOf("AES256", cnsa, "IKEv2")).toEqual(["the policy is no object"]);
  });

  test.each(["DHGroup24", "ECP521"])("leaves %s, which is not known to be strong, to doubtsOf", (dhGroup) => {
    expect(weaknessesOf({ ...cnsa, dhGroup }, cnsa, "IKEv2")).toEqual([]);
    expect(doubtsOf({ ...cnsa, dhGroup })).toHaveLength(1);
  });

  test("says nothing of lifetimes", () => {
    expect(weaknessesOf({ ...cnsa, saLifeTimeSeconds: 172_799, saDataSizeKilobytes: 0 }, cnsa, "IKEv2")).toEqual([]);
  });

  test("finds none in any strong policy held against itself", () => {
    fc.assert(
      fc.property(strongPolicy, (policy) => {
        expect(weaknessesOf(policy, policy, "IKEv2")).toEqual([]);
        expect(doubtsOf(policy)).toEqual([]);
      }),
      settings,
    );
  });

  test("finds none in a policy that is stronger than one that is stronger than the wanted one", () => {
    fc.assert(
      fc.property(strongPolicy, strongPolicy, strongPolicy, (policy, between, wanted) => {
        const isOrdered =
          weaknessesOf(policy, between, "IKEv2").length === 0 && weaknessesOf(between, wanted, "IKEv2").length === 0;
        if (isOrdered) expect(weaknessesOf(policy, wanted, "IKEv2")).toEqual([]);
      }),
      { ...settings, numRuns: 5_000 },
    );
  });

  test("always finds something where a weak algorithm is, whatever is wanted", () => {
    fc.assert(
      fc.property(anyPolicy, strongPolicy, (policy, wanted) => {
        fc.pre(Object.values(policy).some((value) => weakNames.includes(String(value))));
        expect(weaknessesOf(policy, wanted, "IKEv2")).not.toEqual([]);
      }),
      settings,
    );
  });

  test("throws on nothing", () => {
    const odd = fc.oneof(oddJson, fc.dictionary(fc.constantFrom(...Object.keys(cnsa)), oddJson));
    fc.assert(
      fc.property(odd, (policy) => {
        expect(weaknessesOf(policy, cnsa, "IKEv1").length).toBeGreaterThan(0);
        doubtsOf(policy);
        haveSameAlgorithms(policy, policy);
      }),
      settings,
    );
  });
});

describe("doubtsOf", () => {
  test.each([{ dhGroup: "DHGroup24" }, { pfsGroup: "PFS24" }, { pfsGroup: "PFS14" }, { pfsGroup: "PFSMM" }])(
    "doubts %o",
    (fields) => {
      const [[name, value] = []] = Object.entries(fields);

      expect(doubtsOf({ ...cnsa, ...fields })).toEqual([`${name} ${value} is not recommended`]);
    },
  );

  test("names what is not known here", () => {
    expect(doubtsOf({ ...cnsa, ikeIntegrity: "SHA512" })).toEqual(["ikeIntegrity SHA512 is not known here"]);
  });

  test("has none about presets, nor about weak algorithms", () => {
    for (const policy of [cnsa, interoperable, { ...cnsa, pfsGroup: "None" }]) expect(doubtsOf(policy)).toEqual([]);
  });
});

describe("invalidCombinationsOf", () => {
  test.each([
    { ipsecEncryption: "GCMAES256", ipsecIntegrity: "SHA256" },
    { ipsecEncryption: "AES256", ipsecIntegrity: "GCMAES256" },
    { ipsecEncryption: "GCMAES256", ipsecIntegrity: "GCMAES128" },
  ])("refuses $ipsecEncryption with $ipsecIntegrity", (fields) => {
    expect(invalidCombinationsOf({ ...cnsa, ...fields }, "IKEv2")).toHaveLength(1);
  });

  test("refuses GCM as integrity of the key exchange", () => {
    expect(invalidCombinationsOf({ ...cnsa, ikeIntegrity: "GCMAES256" }, "IKEv2")).toHaveLength(1);
  });

  test("refuses GCM in the key exchange with IKEv1 only", () => {
    expect(invalidCombinationsOf(cnsa, "IKEv1")).toEqual(["ikeEncryption can't be GCM with IKEv1"]);
    expect(invalidCombinationsOf(cnsa, "IKEv2")).toEqual([]);
  });
});

describe("haveSameAlgorithms", () => {
  test("looks past lifetimes, case and a group's two names", () => {
    const other = { ...interoperable, saLifeTimeSeconds: 300, dhGroup: "DHGroup2048", ikeEncryption: "aes256" };

    expect(haveSameAlgorithms(interoperable, other)).toBe(true);
  });

  test("sees any other difference", () => {
    expect(haveSameAlgorithms(cnsa, interoperable)).toBe(false);
    expect(haveSameAlgorithms({ ...cnsa, dhGroup: "DHGroup24" }, cnsa)).toBe(false);
    expect(haveSameAlgorithms(cnsa, null)).toBe(false);
  });
});
