import { describe, expect, test } from "vitest";
import { type Ran, run } from "../run.ts";
import { account, checkContent, type FileChecked, folderWith, template } from "./templates.ts";

const group = "/subscriptions/a0000000-0000-4000-8000-000000000001/resourceGroups/guests";
const weak = template([account({ minimumTlsVersion: "TLS1_0" })]);
const slowKeys = template([account({ sasPolicy: { sasExpirationPeriod: "7.00:00:00", expirationAction: "Log" } })]);

/** Checks a file by a policy with these rules and exemptions, as one that goes to the group of guests. */
function checkBy(policy: string, content: object): Promise<FileChecked> {
  const options = ["--policy", "guard.policy.yaml", "--to", group];
  return checkContent(content, options, { "guard.policy.yaml": `version: 1\n${policy}` });
}

/** The same, printed in another form. */
async function printedBy(policy: string, content: object, output: "table" | "sarif"): Promise<Ran> {
  const directory = await folderWith({ "main.json": content, "guard.policy.yaml": `version: 1\n${policy}` });
  const options = ["--policy", "guard.policy.yaml", "--to", group, "--output", output];
  return await run(["check", "main.json", ...options], {}, { directory });
}

function exemptBy(scope: string, more = "owner: Bridge, reason: Old tablets., until: 2999-12-24"): string {
  return `exemptions:\n  - { scope: { ${scope} }, baselines: ["storage/minimum-tls"], ${more} }\n`;
}

function until(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
}

const agreed = (scope: string) => exemptBy(scope, `owner: Bridge, reason: Old tablets., until: ${until(7)}`);

describe("a template checked by a policy file", () => {
  test.each([
    ["the group that it goes to", "resourceGroup: guests", "not-compliant"],
    ["another group", "resourceGroup: crew", "compliant"],
    ["its resource", `resource: ${group}/providers/Microsoft.Storage/storageAccounts/polaris`, "not-compliant"],
    ["its subscription", "subscription: a0000000-0000-4000-8000-000000000001", "not-compliant"],
  ])("is held against the parameters of the rule for %s", async (_what, scope, state) => {
    const parameters = "{ mode: enforce, parameters: { maximumDays: 3 } }";
    const rules = `rules:\n  - { name: strict, scope: { ${scope} }, baselines: { storage/sas-expiration: ${parameters} } }\n`;

    const { states } = await checkBy(rules, slowKeys);

    expect(states.polaris).toMatchObject({ "storage/sas-expiration": state });
  });

  test("says mode and rule of each baseline", async () => {
    const rules = `rules:\n  - { name: strict, baselines: { storage/minimum-tls: enforce } }\n`;

    const { out } = await printedBy(rules, weak, "table");

    expect(out).toContain("  not compliant  storage/minimum-tls (enforce, rule strict)");
    expect(out).toContain("  compliant      storage/secure-transfer (audit)");
  });

  test("that is exempt ends with 0, says why, and is no alert of code scanning", async () => {
    const { code, out } = await printedBy(agreed("resourceGroup: guests"), weak, "table");
    const sarif = await printedBy(agreed("resourceGroup: guests"), weak, "sarif");

    expect([code, sarif.code]).toEqual([0, 0]);
    expect(out).toContain("  exempt         storage/minimum-tls (audit)");
    expect(out.join("\n")).toMatch(/Exempt until \S+, Bridge: Old tablets\./);
    expect(out.at(-1)).toBe("1 resource: 3 compliant, 0 not compliant, 0 unknown, 1 exempt.");
    expect(JSON.parse(sarif.out.join("\n"))).toMatchObject({ runs: [{ results: [] }] });
  });

  test.each([
    ["elsewhere", agreed("resourceGroup: crew"), undefined],
    ["without an owner", exemptBy("resourceGroup: guests", `reason: Old tablets., until: ${until(7)}`), "no owner"],
    ["for longer than is allowed", exemptBy("resourceGroup: guests"), "more than 90 days"],
  ])("is not exempt by an exemption %s", async (_what, policy, why) => {
    const { code, out } = await printedBy(policy, weak, "table");

    expect(code).toBe(2);
    expect(out.join("\n")).toContain(why ?? "not compliant  storage/minimum-tls");
  });

  test.each([
    ["a tag", agreed("tag: { name: tier, value: '1' }"), account({}, { tags: { tier: "[parameters('tier')]" } })],
    ["management groups", agreed("managementGroup: cruises"), account({})],
    ["a name", agreed("glob: '**/polaris'"), account({}, { name: "[parameters('tier')]" })],
  ])("is unknown where the policy goes by %s that only the deployment knows", async (what, policy, resource) => {
    const { code, resources } = await checkBy(
      policy,
      template([resource], { parameters: { tier: { type: "string" } } }),
    );

    expect(code).toBe(4);
    expect(resources[0]?.standings.map(({ state }) => state)).toEqual(Array(4).fill("unknown"));
    expect(resources[0]?.standings[0]?.reason).toContain(what.replace(/^a /, ""));
  });

  test("goes by a tag that the file gives", async () => {
    const tagged = template([account({ minimumTlsVersion: "TLS1_0" }, { tags: { tier: "1" } })]);

    const { code } = await checkBy(agreed("tag: { name: tier, value: '1' }"), tagged);

    expect(code).toBe(0);
  });
});

describe("a plan checked by a policy file", () => {
  const values = { name: "polaris", min_tls_version: "TLS1_0", https_traffic_only_enabled: true };
  const plan = (more: object) => {
    const type = "azurerm_storage_account";
    const resource = { address: `${type}.it`, mode: "managed", type, name: "it" };
    const sas = { sas_policy: [{ expiration_period: "01.00:00:00", expiration_action: "Log" }] };
    return {
      format_version: "1.2",
      planned_values: { root_module: { resources: [{ ...resource, values: { ...values, ...sas, ...more } }] } },
    };
  };

  test.each([
    ["its tags", agreed("tag: { name: tier, value: '1' }"), { tags: { tier: "1" } }, 0],
    ["tags that it has not", agreed("tag: { name: tier, value: '1' }"), {}, 2],
    ["its name", agreed("glob: '**/polaris'"), {}, 0],
    ["a name that it does not know yet", agreed("glob: '**/polaris'"), { name: null }, 4],
  ])("goes by %s", async (_what, policy, more, ends) => {
    const { code, error } = await checkBy(policy, plan(more));

    expect(code, error.join("\n")).toBe(ends);
  });
});

describe("a check that can't go by its policy file", () => {
  test("says line, column and what is allowed where the file is bad, and judges nothing", async () => {
    const { code, out, error } = await checkBy("mode: enforced\n", weak);

    expect([code, out]).toEqual([3, []]);
    expect(error.join("\n")).toMatch(
      /guard\.policy\.yaml is refused[\s\S]*guard\.policy\.yaml:2:7: mode: "enforced"; allowed is audit, approve, enforce/,
    );
  });

  test.each([
    [["--policy", "guard.policy.yaml"], /--policy and --to go together/],
    [["--to", group], /--policy and --to go together/],
    [["--policy", "guard.policy.yaml", "--to", "/subscriptions/a0000000-0000-4000-8000-000000000001"], /--to/],
    [["--policy", "nowhere.yaml", "--to", group], /"nowhere\.yaml" can't be read \(ENOENT\)/],
  ])("is refused with %s", async (options, why) => {
    const directory = await folderWith({ "main.json": weak, "guard.policy.yaml": "version: 1\n" });

    const { code, error } = await run(["check", "main.json", ...options], {}, { directory });

    expect(code).toBe(3);
    expect(error[0]).toMatch(why);
  });
});
