import { describe, expect, test } from "vitest";
import { baselines } from "../../../shared/baselines/index.ts";
import { account, checkContent, compliantAccount, template } from "./templates.ts";

const weakTls = account({ minimumTlsVersion: "TLS1_0" });
const server = "Microsoft.Sql/servers/databases";
const strongPolicy = {
  saLifeTimeSeconds: 27000,
  saDataSizeKilobytes: 102400000,
  ikeEncryption: "GCMAES256",
  ikeIntegrity: "SHA384",
  dhGroup: "ECP384",
  ipsecEncryption: "GCMAES256",
  ipsecIntegrity: "GCMAES256",
  pfsGroup: "ECP384",
};

describe("a template", () => {
  test("that meets all baselines ends with 0", async () => {
    const { code, states } = await checkContent(template([compliantAccount]));

    expect(code).toBe(0);
    const accountBaselines = baselines.filter(({ resourceType }) => resourceType.endsWith("/storageAccounts"));
    expect(states.polaris).toEqual(Object.fromEntries(accountBaselines.map(({ id }) => [id, "compliant"])));
  });

  test("that falls short ends with 2, and names the line of the property", async () => {
    const { code, resources } = await checkContent(template([weakTls]));

    expect(code).toBe(2);
    const [finding] = resources[0]?.standings.flatMap(({ findings }) => findings) ?? [];
    expect(finding).toMatchObject({ path: "properties.minimumTlsVersion", actual: "TLS1_0", place: { startLine: 11 } });
  });

  test("in which a value depends on the deployment ends with 4: that is unknown, and no pass", async () => {
    const asked = account({ minimumTlsVersion: "[parameters('tls')]" });
    const { code, states, resources } = await checkContent(
      template([asked], { parameters: { tls: { type: "string" } } }),
    );

    expect(code).toBe(4);
    expect(states.polaris).toMatchObject({ "storage/minimum-tls": "unknown", "storage/secure-transfer": "compliant" });
    expect(resources[0]?.standings.find(({ state }) => state === "unknown")?.reason).toContain("parameters('tls')");
  });

  test("whose properties are all unknown is all unknown", async () => {
    const { code, states } = await checkContent(template([{ ...compliantAccount, properties: "[reference('x')]" }]));

    expect(code).toBe(4);
    expect(new Set(Object.values(states.polaris ?? {}))).toEqual(new Set(["unknown"]));
  });

  test("falls short for certain where one known value does, whatever the unknown ones are", async () => {
    const { states } = await checkContent(
      template([account({ supportsHttpsTrafficOnly: false, customDomain: { name: "[parameters('domain')]" } })]),
    );

    expect(states.polaris).toMatchObject({ "storage/secure-transfer": "not-compliant" });
  });

  test("gets its parameters from a parameters file, and from their defaults", async () => {
    const asked = account({
      minimumTlsVersion: "[parameters('tls')]",
      supportsHttpsTrafficOnly: "[parameters('https')]",
    });
    const declared = { tls: { type: "string" }, https: { type: "bool", defaultValue: false } };
    const { states } = await checkContent(template([asked], { parameters: declared }), ["--parameters", "given.json"], {
      "given.json": { parameters: { tls: { value: "TLS1_2" } } },
    });

    expect(states.polaris).toMatchObject({
      "storage/minimum-tls": "compliant",
      "storage/secure-transfer": "not-compliant",
    });
  });

  test("whose parameter is in a key vault is unknown there", async () => {
    const asked = account({ minimumTlsVersion: "[parameters('tls')]" });
    const { states } = await checkContent(template([asked]), ["--parameters", "given.json"], {
      "given.json": { parameters: { tls: { reference: { keyVault: { id: "x" }, secretName: "tls" } } } },
    });

    expect(states.polaris).toMatchObject({ "storage/minimum-tls": "unknown" });
  });

  test("with copy loops is judged turn by turn", async () => {
    const copied = account(
      { minimumTlsVersion: "[if(equals(copyIndex(), 1), 'TLS1_0', 'TLS1_2')]" },
      { name: "[concat('ship', copyIndex())]", copy: { name: "ships", count: 3 } },
    );
    const { states } = await checkContent(template([copied]));

    expect(Object.entries(states).map(([name, of]) => [name, of["storage/minimum-tls"]])).toEqual([
      ["ship0", "compliant"],
      ["ship1", "not-compliant"],
      ["ship2", "compliant"],
    ]);
  });

  test("leaves out what its condition rules out, and what is there already", async () => {
    const { code, states } = await checkContent(
      template({ off: { ...weakTls, condition: "[equals('a', 'b')]" }, old: { ...weakTls, existing: true } }),
    );

    expect(code).toBe(0);
    expect(states).toEqual({});
  });

  test("is read with comments and symbolic names", async () => {
    const { code } = await checkContent(`// a comment\n${JSON.stringify(template({ logs: weakTls }))}`);

    expect(code).toBe(2);
  });

  test("is judged by the parameters of baselines that the environment sets", async () => {
    const long = account({ sasPolicy: { sasExpirationPeriod: "20.00:00:00", expirationAction: "Log" } });
    const environment = { PARAMETERS_STORAGE_SAS_EXPIRATION: '{"maximumDays":30}' };

    expect((await checkContent(template([long]))).code).toBe(2);
    expect((await checkContent(template([long]), [], {}, environment)).code).toBe(0);
  });
});

describe("a nested deployment", () => {
  const nested = (properties: object) =>
    template([{ type: "Microsoft.Resources/deployments", apiVersion: "2022-09-01", name: "inner", properties }], {
      parameters: { tls: { type: "string", defaultValue: "TLS1_0" } },
    });
  const inner = (parameter: object) => ({
    parameters: { tls: parameter },
    resources: [account({ minimumTlsVersion: "[parameters('tls')]" })],
  });

  test("of inner scope has the parameters that it is given", async () => {
    const { states } = await checkContent(
      nested({
        expressionEvaluationOptions: { scope: "inner" },
        parameters: { tls: { value: "TLS1_2" } },
        template: inner({ type: "string" }),
      }),
    );

    expect(states.polaris).toMatchObject({ "storage/minimum-tls": "compliant" });
  });

  test("of no said scope has those of the outer template", async () => {
    const { states } = await checkContent(nested({ template: inner({ type: "string", defaultValue: "TLS1_2" }) }));

    expect(states.polaris).toMatchObject({ "storage/minimum-tls": "not-compliant" });
  });

  test("whose template is linked is unknown", async () => {
    const { code, resources } = await checkContent(nested({ templateLink: { uri: "https://example.com/a.json" } }));

    expect(code).toBe(4);
    expect(resources).toMatchObject([
      { id: "inner", standings: [{ state: "unknown", reason: expect.stringContaining("linked") }] },
    ]);
  });
});

describe("what a file leaves to Azure is judged as Azure creates it", () => {
  test.each([
    ["2023-01-01", "compliant"],
    ["2018-11-01", "not-compliant"],
  ])("secure transfer, with api-version %s: %s", async (apiVersion, state) => {
    const { supportsHttpsTrafficOnly: _, ...properties } = compliantAccount.properties;
    const { states } = await checkContent(template([{ ...compliantAccount, apiVersion, properties }]));

    expect(states.polaris).toMatchObject({ "storage/secure-transfer": state });
  });

  test.each([
    ["a database", { sku: { name: "S0" } }, "compliant"],
    ["a dedicated pool", { sku: { name: "DW100c" } }, "not-compliant"],
    ["a copy", { properties: { createMode: "Copy" } }, "unknown"],
    ["a database whose size is not known", { sku: { name: "[parameters('sku')]" } }, "unknown"],
  ])("the encryption of %s", async (_what, more, state) => {
    const { states } = await checkContent(
      template([{ type: server, apiVersion: "2021-11-01", name: "s/db", ...more }]),
    );

    expect(states["s/db"]).toEqual({ "sql/transparent-data-encryption": state });
  });

  test("a database's encryption where the file says it, beside the database or alone", async () => {
    const off = {
      type: `${server}/transparentDataEncryption`,
      apiVersion: "2021-11-01",
      properties: { state: "Disabled" },
    };
    const { states } = await checkContent(
      template([
        {
          type: server,
          apiVersion: "2021-11-01",
          name: "s/db",
          resources: [{ ...off, type: "transparentDataEncryption", name: "current" }],
        },
        { ...off, name: "s/old/current" },
      ]),
    );

    expect(states).toEqual({
      "s/db": { "sql/transparent-data-encryption": "not-compliant" },
      "s/old": { "sql/transparent-data-encryption": "not-compliant" },
    });
  });

  test.each([
    ["no policy", {}, "not-compliant"],
    ["a strong policy", { ipsecPolicies: [strongPolicy] }, "compliant"],
    ["a policy that is half known", { ipsecPolicies: [{ ...strongPolicy, dhGroup: "[parameters('dh')]" }] }, "unknown"],
    ["a kind that is not known", { connectionType: "[parameters('kind')]" }, "unknown"],
    ["ExpressRoute", { connectionType: "ExpressRoute" }, "unsupported"],
  ])("a connection with %s", async (_what, properties, state) => {
    const connection = { type: "Microsoft.Network/connections", apiVersion: "2024-05-01", name: "tunnel" };
    const { states } = await checkContent(
      template([{ ...connection, properties: { connectionType: "IPsec", ...properties } }]),
    );

    expect(states.tunnel).toEqual({ "vpn/ipsec-policy": state });
  });
});

describe("a file that can't be checked ends with 3, and says why", () => {
  test.each([
    ["no JSON", "{ nothing", /main\.json is no JSON: line 1/],
    ["no template", { hello: 1 }, /neither an ARM template .* nor a plan/],
  ])("%s", async (_what, content, message) => {
    const { code, error } = await checkContent(content);

    expect(code).toBe(3);
    expect(error.join("\n")).toMatch(message);
  });
});
