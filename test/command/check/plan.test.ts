import { describe, expect, test } from "vitest";
import { checkContent } from "./templates.ts";

const values = {
  name: "polaris",
  https_traffic_only_enabled: true,
  min_tls_version: "TLS1_2",
  sas_policy: [{ expiration_period: "01.00:00:00", expiration_action: "Log" }],
  shared_access_key_enabled: true,
  custom_domain: [],
};

/** A plan with one resource, as `terraform show -json` prints it. */
function plan(type: string, planned: object, afterUnknown: object = {}): object {
  const address = `module.fleet.${type}.this`;
  const resource = { address, mode: "managed", type, name: "this", values: planned };
  return {
    format_version: "1.2",
    planned_values: { root_module: { child_modules: [{ address: "module.fleet", resources: [resource] }] } },
    resource_changes: [{ address, change: { actions: ["create"], after_unknown: afterUnknown } }],
  };
}

describe("azurerm_storage_account", () => {
  const address = "module.fleet.azurerm_storage_account.this";

  test("is compliant with strong values", async () => {
    expect((await checkContent(plan("azurerm_storage_account", values))).code).toBe(0);
  });

  test.each([
    ["storage/minimum-tls", { min_tls_version: "TLS1_0" }],
    ["storage/secure-transfer", { https_traffic_only_enabled: false }],
    ["storage/secure-transfer", { https_traffic_only_enabled: undefined, enable_https_traffic_only: false }],
    ["storage/secure-transfer", { custom_domain: [{ name: "logs.example.com" }] }],
    ["storage/sas-expiration", { sas_policy: [] }],
  ])("falls short of %s with %o", async (baseline, weak) => {
    const { code, states } = await checkContent(plan("azurerm_storage_account", { ...values, ...weak }));

    expect(code).toBe(2);
    expect(states[address]).toMatchObject({ [baseline]: "not-compliant" });
  });

  test("names the line of the plan", async () => {
    const { resources } = await checkContent(plan("azurerm_storage_account", { ...values, min_tls_version: "TLS1_0" }));

    const findings = resources.flatMap(({ standings }) => standings.flatMap((each) => each.findings));
    expect(findings).toMatchObject([{ path: "properties.minimumTlsVersion", place: { startLine: 17 } }]);
  });

  test("is unknown where a value is known after the apply", async () => {
    const { min_tls_version: _, ...known } = values;
    const { code, states } = await checkContent(plan("azurerm_storage_account", known, { min_tls_version: true }));

    expect(code).toBe(4);
    expect(states[address]).toMatchObject({ "storage/minimum-tls": "unknown" });
  });
});

test.each([
  [
    "azurerm_mssql_database",
    { transparent_data_encryption_enabled: true },
    "sql/transparent-data-encryption",
    "compliant",
  ],
  [
    "azurerm_mssql_database",
    { transparent_data_encryption_enabled: false },
    "sql/transparent-data-encryption",
    "not-compliant",
  ],
  [
    "azurerm_virtual_network_gateway_connection",
    { type: "IPsec", ipsec_policy: [] },
    "vpn/ipsec-policy",
    "not-compliant",
  ],
  [
    "azurerm_virtual_network_gateway_connection",
    {
      type: "IPsec",
      ipsec_policy: [
        {
          dh_group: "ECP384",
          ike_encryption: "GCMAES256",
          ike_integrity: "SHA384",
          ipsec_encryption: "GCMAES256",
          ipsec_integrity: "GCMAES256",
          pfs_group: "ECP384",
          sa_datasize: 102400000,
          sa_lifetime: 27000,
        },
      ],
    },
    "vpn/ipsec-policy",
    "compliant",
  ],
])("%s with %o", async (type, planned, baseline, state) => {
  const { states } = await checkContent(plan(type, { name: "it", ...planned }));

  expect(states).toEqual({ [`module.fleet.${type}.this`]: { [baseline]: state } });
});

describe("azapi_resource", () => {
  const type = "Microsoft.Storage/storageAccounts@2023-01-01";
  const body = { properties: { minimumTlsVersion: "TLS1_0" } };

  test.each([
    ["an object", body],
    ["text, as in older versions", JSON.stringify(body)],
  ])("is judged by its body, %s", async (_what, given) => {
    const { states } = await checkContent(plan("azapi_resource", { type, name: "polaris", body: given }));

    expect(states["module.fleet.azapi_resource.this"]).toMatchObject({
      "storage/minimum-tls": "not-compliant",
      "storage/secure-transfer": "compliant",
    });
  });
});

test("what is not mapped is not looked at", async () => {
  const { code, states } = await checkContent(plan("azurerm_key_vault", { name: "vault" }));

  expect(code).toBe(0);
  expect(states).toEqual({});
});
