import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../../shared/json.ts";
import { filePolicy, type ManagementGroupChain, withoutPolicy } from "../../../shared/policy/file-policy.ts";
import { readPolicyFile } from "../../../shared/policy/policy-file.ts";
import type { BaselinePolicy } from "../../../shared/policy/resource-policy.ts";

const subscription = "a0000000-0000-4000-8000-000000000001";
const account = idOf("Microsoft.Storage/storageAccounts", "guests");
const acceptedAt = new Date("2026-11-20T12:00:00Z");
const mostExemptionDays = 90;
const now = new Date("2026-11-23T08:00:00Z");
const chain: ManagementGroupChain = { names: ["Cruises", "Tenant"], readAt: now };

function idOf(type: string, name: string, group = "voyages"): string {
  return `/subscriptions/${subscription}/resourceGroups/${group}/providers/${type}/${name}`;
}

interface Given {
  id?: string;
  type?: string;
  tags?: JsonObject;
  chain?: ManagementGroupChain | undefined;
}

/** What a file, given from its second line on, says of a baseline of a resource. */
function said(yaml: string, baseline = "storage/secure-transfer", given: Given = {}): BaselinePolicy {
  const { id = account, type = "Microsoft.Storage/storageAccounts", tags } = given;
  const read = readPolicyFile(`version: 1\n${yaml}`);
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  const known = "chain" in given ? given.chain : chain;
  const policy = filePolicy({ hash: read.hash, acceptedAt, mostExemptionDays, file: read.file }, known);
  const found = policy.of({ id, type, tags }, now).find((each) => each.baseline.id === baseline);
  if (!found) throw new Error(`Nothing was said of ${baseline}.`);
  return found;
}

function rule(name: string, scope: string, baselines = "{ '*': enforce }"): string {
  return `  - { name: ${name}, scope: ${scope}, baselines: ${baselines} }\n`;
}

describe("the rule that decides", () => {
  const rules = `rules:\n${rule("tls", "{ resourceGroup: Voyages }", "{ storage/minimum-tls: enforce }")}${rule("all", "{ resourceGroup: voyages }", "{ '*': approve }")}`;

  test("is the first that matches and names the baseline; what no rule decides has the default mode", () => {
    expect(said(rules, "storage/minimum-tls")).toMatchObject({ mode: "enforce", rule: "tls" });
    expect(said(rules, "storage/secure-transfer")).toMatchObject({ mode: "approve", rule: "all" });
    expect(said(`mode: enforce\n${rules}`, "storage/secure-transfer", { id: idOf("x", "y", "other") })).toMatchObject({
      mode: "enforce",
    });
    expect(said(rules, "storage/secure-transfer", { id: idOf("x", "y", "other") }).rule).toBeUndefined();
  });

  test("without a scope is about everything", () => {
    expect(said("rules:\n  - { name: all, baselines: { storage/secure-transfer: enforce } }")).toMatchObject({
      mode: "enforce",
    });
  });

  test("gives its own parameters, and defaults where it has none", () => {
    const parameters = "{ mode: enforce, parameters: { explicitProtocolSettingAllowed: true } }";
    const given = said(
      `rules:\n${rule("a", "{ resourceGroup: voyages }", `{ storage/secure-transfer: ${parameters} }`)}`,
    );
    const parts = { fileServices: {}, fileShares: [{ properties: { enabledProtocols: "SMB" } }] };
    const resource = { id: account, body: { properties: { supportsHttpsTrafficOnly: false } }, parts };

    const [guard] = given.baseline.guards;
    const [byDefault] = said("mode: enforce").baseline.guards;

    expect(guard?.evaluate(resource)?.allowed).not.toBe(byDefault?.evaluate(resource)?.allowed);
  });

  test.each(["mode: enforce", "rules: [{ name: all, baselines: { '*': enforce } }]"])(
    "makes a baseline that wants to be named no stronger than it is by itself: %s",
    (yaml) => {
      expect(said(yaml, "storage/sas-expiration").mode).toBe("audit");
      expect(said(yaml, "storage/secure-transfer").mode).toBe("enforce");
    },
  );

  test("makes it as strong as is said where it names it", () => {
    expect(
      said("rules: [{ name: sas, baselines: { storage/sas-expiration: enforce } }]", "storage/sas-expiration").mode,
    ).toBe("enforce");
  });
});

describe("a scope", () => {
  test.each([
    ["a subscription", `{ subscription: ${subscription.toUpperCase()} }`, true],
    ["another subscription", "{ subscription: a0000000-0000-4000-8000-000000000002 }", false],
    ["a resource group in another case", "{ resourceGroup: VOYAGES }", true],
    ["a resource group that only begins so", "{ resourceGroup: voyage }", false],
    ["the resource in another case", `{ resource: ${account.toUpperCase()} }`, true],
    ["a resource whose name begins so", `{ resource: ${idOf("Microsoft.Storage/storageAccounts", "guest")} }`, false],
    ["a management group, directly above", "{ managementGroup: cruises }", true],
    ["a management group, far above", "{ managementGroup: tenant }", true],
    ["another management group", "{ managementGroup: shipyards }", false],
    ["a tag, its name in another case", "{ tag: { name: TIER, value: gold } }", true],
    ["a tag, its value in another case", "{ tag: { name: tier, value: Gold } }", false],
    ["a tag that is not there", "{ tag: { name: owner, value: gold } }", false],
    ["a pattern", '{ glob: "**/storageaccounts/gu?sts" }', true],
    ["a pattern whose star stops at a slash", '{ glob: "/subscriptions/*/guests" }', false],
    ["a pattern of a part", '{ glob: "guests" }', false],
    ["a pattern with characters of regular expressions", '{ glob: "**/gu.sts" }', false],
    ["several that all match", "{ resourceGroup: voyages, tag: { name: tier, value: gold } }", true],
    ["several of which one does not match", "{ resourceGroup: voyages, tag: { name: tier, value: lead } }", false],
  ])("of %s: %s", (_what, scope, isMatching) => {
    const { mode } = said(`rules:\n${rule("a", scope)}`, undefined, { tags: { tier: "gold" } });

    expect(mode).toBe(isMatching ? "enforce" : "audit");
  });

  test("of a resource is about what is below it too", () => {
    const server = idOf("Microsoft.Sql/servers", "ledger");
    const yaml = `rules:\n${rule("a", `{ resource: ${server} }`)}`;
    const type = "Microsoft.Sql/servers/databases";

    expect(said(yaml, "sql/transparent-data-encryption", { id: `${server}/databases/books`, type }).mode).toBe(
      "enforce",
    );
  });
});

describe("management groups that can't be read", () => {
  const yaml = `mode: enforce\nrules:\n${rule("group", "{ managementGroup: cruises, resourceGroup: voyages }", "{ storage/minimum-tls: audit }")}`;

  test("leave everything alone that they might decide, and say so", () => {
    expect(said(yaml, "storage/minimum-tls", { chain: undefined })).toMatchObject({
      mode: "audit",
      auditBecause: expect.stringContaining("management groups"),
    });
  });

  test("change nothing where they decide nothing", () => {
    const elsewhere = { chain: undefined, id: idOf("x", "y", "other") };

    expect(said(yaml, "storage/secure-transfer", { chain: undefined }).mode).toBe("enforce");
    expect(said(yaml, "storage/minimum-tls", elsewhere).mode).toBe("enforce");
  });

  test("of an exemption leave alone what may be exempt", () => {
    const exempting = `mode: enforce\nexemptions: [{ scope: { managementGroup: cruises }, baselines: ['*'], owner: a, reason: b, until: 2026-12-24 }]`;

    expect(said(exempting, undefined, { chain: undefined }).mode).toBe("audit");
  });

  test("that were read are told with when", () => {
    const read = readPolicyFile("version: 1");
    if (!read.ok) throw new Error("refused");

    expect(filePolicy({ hash: read.hash, acceptedAt, mostExemptionDays, file: read.file }, chain).reference).toEqual({
      version: read.hash,
      managementGroupsReadAt: now.toISOString(),
    });
  });
});

test("a rule's window is told as it stands", () => {
  const yaml = `windows: { nights: { from: "22:00", to: "05:00", timeZone: Europe/Berlin } }\nrules: [{ name: a, baselines: { '*': { mode: enforce, window: nights } } }]`;

  expect(said(yaml).window).toEqual({ name: "nights", isOpen: false, opensAt: "2026-11-23T21:00:00.000Z" });
});

describe("an exemption", () => {
  function exempted(fields: string, baseline?: string): BaselinePolicy {
    return said(
      `mode: enforce\nexemptions: [{ scope: { resourceGroup: voyages }, baselines: [storage/secure-transfer], ${fields} }]`,
      baseline,
    );
  }

  test.each([
    ["a day, to its end", "until: 2026-12-24", "2026-12-25T00:00:00.000Z"],
    ["a time with its offset", 'until: "2026-12-24T18:00:00+01:00"', "2026-12-24T17:00:00.000Z"],
    ["today", "until: 2026-11-23", "2026-11-24T00:00:00.000Z"],
  ])("holds until %s", (_what, until, expected) => {
    expect(exempted(`owner: Deck 4, reason: Old reader, ${until}`).exemption).toEqual({
      owner: "Deck 4",
      reason: "Old reader",
      until: expected,
    });
  });

  test.each([
    ["no owner", "reason: b, until: 2026-12-24", /no owner/],
    ["an empty owner", "owner: ' ', reason: b, until: 2026-12-24", /no owner/],
    ["no reason", "owner: a, until: 2026-12-24", /no reason/],
    ["no end", "owner: a, reason: b", /can't be read/],
    ["an end that is no day", "owner: a, reason: b, until: 2026-11-31", /can't be read/],
    ["an end that nobody can read", "owner: a, reason: b, until: Christmas", /Christmas.*can't be read/],
    ["a time that may be anybody's", "owner: a, reason: b, until: 2026-12-24T18:00:00", /can't be read/],
    ["an end that is past", "owner: a, reason: b, until: 2026-11-22", /ended at 2026-11-23/],
    ["an end too far off", "owner: a, reason: b, until: 2027-02-19", /more than 90 days.*2027-02-18T12:00/],
  ])("with %s does not count, and says so", (_what, fields, why) => {
    const { exemption, passedOver } = exempted(fields);

    expect(exemption).toBeUndefined();
    expect(passedOver).toEqual([expect.stringMatching(why)]);
  });

  test("is of the baselines that it names, or of all", () => {
    const until = "owner: a, reason: b, until: 2026-12-24";

    expect(exempted(until, "storage/minimum-tls").exemption).toBeUndefined();
    expect(
      said(`exemptions: [{ scope: { resourceGroup: voyages }, baselines: ['*'], ${until} }]`).exemption,
    ).toBeDefined();
  });

  test("of another resource is nobody's business here", () => {
    const { exemption, passedOver } = said(
      "exemptions: [{ scope: { resourceGroup: other }, baselines: ['*'], until: never }]",
    );

    expect({ exemption, passedOver }).toEqual({});
  });
});

test("where no file was ever accepted everything is audit, and says why", () => {
  const says = withoutPolicy().of({ id: account, type: "Microsoft.Storage/storageAccounts", tags: undefined }, now);

  expect(new Set(says.map(({ mode }) => mode))).toEqual(new Set(["audit"]));
  expect(says[0]?.auditBecause).toMatch(/none was ever accepted/);
});
