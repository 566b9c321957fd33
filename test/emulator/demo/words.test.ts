import { describe, expect, it } from "vitest";
import { beforeAndAfter, patchInWords, resourceInWords, shortName } from "../../../emulator/demo/words.ts";

const secure = {
  properties: {
    supportsHttpsTrafficOnly: true,
    minimumTlsVersion: "TLS1_2",
    sasPolicy: { sasExpirationPeriod: "7.00:00:00" },
  },
};

describe("words of the demo", () => {
  it("tell of an account only what was insecure, is so now, or changed", () => {
    const before = { properties: { ...secure.properties, minimumTlsVersion: "TLS1_0" } };

    expect(beforeAndAfter(before, secure)).toEqual({ before: ["TLS 1.0+"], after: ["TLS 1.2+"] });
  });

  it("tell what stayed insecure", () => {
    const { sasPolicy: _none, ...properties } = secure.properties;
    const account = { properties: { ...properties, customDomain: { name: "photos.example" } } };

    expect(beforeAndAfter(account, account).after).toEqual(["no SAS limit", "custom domain photos.example"]);
  });

  it("tell of a database and of a VPN connection what protects them", () => {
    const database = (state: string) => ({ type: "Microsoft.Sql/servers/databases", properties: { state } });
    const tunnel = (ipsecPolicies: { [name: string]: string }[], connectionStatus: string) => ({
      type: "Microsoft.Network/connections",
      properties: { ipsecPolicies, connectionStatus },
    });
    const strong = { ipsecEncryption: "GCMAES256", ikeEncryption: "AES256", pfsGroup: "PFS2048" };

    expect(beforeAndAfter(database("Disabled"), database("Enabled"))).toEqual({
      before: ["encryption off"],
      after: ["encryption on"],
    });
    expect(beforeAndAfter(tunnel([], "NotConnected"), tunnel([strong], "Connected"))).toEqual({
      before: ["Azure's default policies", "tunnel down"],
      after: ["IPsec GCMAES256, PFS PFS2048", "tunnel connected"],
    });
    expect(beforeAndAfter(tunnel([strong], "Connected"), tunnel([strong], "Connected")).after).toEqual(["all secure"]);
    const weak = { ...strong, ikeEncryption: "DES3" };
    expect(beforeAndAfter(tunnel([weak], "Connected"), tunnel([weak], "Connected")).after).not.toContain("all secure");
  });

  it("tell all that is shown of a resource", () => {
    const type = "Microsoft.Sql/servers/databases";

    expect(resourceInWords({ type, properties: { state: "Enabled", status: "Online" } })).toBe("encryption on, online");
  });

  it("say so where all is secure", () => {
    expect(beforeAndAfter(secure, secure)).toEqual({ before: ["all secure"], after: ["all secure"] });
  });

  it.each([
    [{ properties: { supportsHttpsTrafficOnly: true } }, ["secure transfer on"]],
    [{ properties: { sasPolicy: { sasExpirationPeriod: "1.00:00:00" } } }, ["SAS limit 1 day"]],
    [
      { properties: { protocolSettings: { nfs: { encryptionInTransit: { required: false } } } } },
      ["encryption in transit not required for NFS shares"],
    ],
    [{ properties: { state: "Enabled" } }, ["encryption on"]],
    [{ properties: { ipsecPolicies: [] } }, ["Azure's default policies"]],
    [{ properties: { accessTier: "Cool" } }, ['{"properties":{"accessTier":"Cool"}}']],
  ])("tell a patch: %j", (patch, words) => {
    expect(patchInWords(patch)).toEqual(words);
  });

  it("call people by the first part of their name", () => {
    expect(shortName("sam@lagoon.example")).toBe("sam");
    expect(shortName("migration-pipeline")).toBe("migration-pipeline");
  });
});
