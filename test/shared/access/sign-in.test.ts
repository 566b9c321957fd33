import { describe, expect, test } from "vitest";
import { signInOf } from "../../../shared/access/sign-in.ts";

const tenant = "72f988bf-0000-4000-8000-000000000001";
const client = "b0000000-0000-4000-8000-0000000000b1";
const entra = { ENTRA_TENANT_ID: tenant, ENTRA_AUDIENCE: client };

describe("callers show who they are", () => {
  test("by a function key where nothing of Entra is set, and may not approve by it unless that is said", () => {
    expect(signInOf({})).toEqual({ kind: "keys", mayApprove: false });
    expect(signInOf({ APPROVE_WITH_KEY: "true" })).toEqual({ kind: "keys", mayApprove: true });
    expect(signInOf({ APPROVE_WITH_KEY: "TRUE" })).toEqual({ kind: "keys", mayApprove: false });
  });

  test("by signing in where tenant and audience are set", () => {
    expect(signInOf({ ...entra, ENTRA_TENANT_ID: tenant.toUpperCase() })).toEqual({
      kind: "entra",
      tenantId: tenant,
      audiences: [client, `api://${client}`],
      issuers: [`https://sts.windows.net/${tenant}/`, `https://login.microsoftonline.com/${tenant}/v2.0`],
      keysUrl: `https://login.microsoftonline.com/${tenant}/discovery/v2.0/keys`,
    });
  });

  test.each([
    ["usgovernment", "https://sts.windows.net", "https://login.microsoftonline.us"],
    ["china", "https://sts.chinacloudapi.cn", "https://login.partner.microsoftonline.cn"],
  ])("to the cloud %s as it is", (cloud, version1, version2) => {
    expect(signInOf({ ...entra, CLOUD: cloud })).toMatchObject({
      issuers: [`${version1}/${tenant}/`, `${version2}/${tenant}/v2.0`],
    });
  });

  test("to a custom cloud where ENTRA_AUTHORITY says, which changes nothing of Azure's own clouds", () => {
    const elsewhere = { ...entra, ENTRA_AUTHORITY: "https://login.example/" };

    expect(signInOf({ ...elsewhere, CLOUD: "custom" })).toMatchObject({
      issuers: [`https://login.example/${tenant}/`, `https://login.example/${tenant}/v2.0`],
      keysUrl: `https://login.example/${tenant}/discovery/v2.0/keys`,
    });
    expect(signInOf(elsewhere)).toEqual(signInOf(entra));
  });

  test("also by App Service's word, but only where its authentication is on", () => {
    expect(signInOf({ ...entra, WEBSITE_AUTH_ENABLED: "False" })).not.toHaveProperty("appServiceExcludes");
    expect(signInOf({ ...entra, WEBSITE_AUTH_ENABLED: "True" })).toMatchObject({
      appServiceExcludes: ["/runtime/webhooks/EventGrid", "/api/health"],
    });
  });
});

test.each<[string, { [name: string]: string }, string]>([
  ["a tenant without an audience", { ENTRA_TENANT_ID: tenant }, "ENTRA_AUDIENCE"],
  ["a tenant with an audience of blanks", { ENTRA_TENANT_ID: tenant, ENTRA_AUDIENCE: " , " }, "ENTRA_AUDIENCE"],
  ["an audience without a tenant", { ENTRA_AUDIENCE: client }, "ENTRA_TENANT_ID"],
  ["a tenant that is a name", { ...entra, ENTRA_TENANT_ID: "contoso.example" }, "ENTRA_TENANT_ID"],
  ["a tenant that leads elsewhere", { ...entra, ENTRA_TENANT_ID: "../common" }, "ENTRA_TENANT_ID"],
  ["an audience that is a name", { ...entra, ENTRA_AUDIENCE: "guard" }, "ENTRA_AUDIENCE"],
  ["excluded paths without a slash", { ...entra, ENTRA_EXCLUDED_PATHS: "api/health" }, "ENTRA_EXCLUDED_PATHS"],
  ["a cloud that is none", { ...entra, CLOUD: "mars" }, "ENTRA_AUTHORITY"],
  ["a custom cloud without an authority", { ...entra, CLOUD: "custom" }, "ENTRA_AUTHORITY"],
  [
    "an authority without TLS",
    { ...entra, CLOUD: "custom", ENTRA_AUTHORITY: "http://login.example" },
    "ENTRA_AUTHORITY",
  ],
])("with %s nobody is let in, neither by key nor by token", (_what, environment, setting) => {
  expect(signInOf(environment)).toMatchObject({ kind: "invalid", problem: { setting } });
});
