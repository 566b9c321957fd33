import { describe, expect, test } from "vitest";
import { readPolicyFile } from "../../../shared/policy/policy-file.ts";

/** `line:column path found; allowed` of each problem. */
function problems(text: string): string[] {
  const read = readPolicyFile(text);
  if (read.ok) throw new Error("It was accepted.");
  return read.problems.map(
    ({ line, column, path, found, allowed }) => `${line}:${column} ${path} ${found}; ${allowed}`,
  );
}

const good = `version: 1
mode: audit
windows:
  nights: { days: [mon, tue], from: "22:00", to: "05:00", timeZone: Europe/Berlin }
rules:
  - name: ships
    scope: { resourceGroup: ships, tag: { name: tier, value: gold } }
    baselines:
      storage/secure-transfer: enforce
      vpn/ipsec-policy: { mode: approve, window: nights, parameters: { lookBackSeconds: 600 } }
`;

describe("a policy file", () => {
  test("is read with what it leaves out filled in", () => {
    const read = readPolicyFile(good);

    expect(read).toMatchObject({
      ok: true,
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      file: {
        exemptions: [],
        windows: { nights: [{ days: ["mon", "tue"] }] },
        rules: [{ baselines: { "storage/secure-transfer": { mode: "enforce" } } }],
      },
    });
  });

  test("may be JSON", () => {
    expect(readPolicyFile('{ "version": 1, "mode": "enforce" }')).toMatchObject({
      ok: true,
      file: { mode: "enforce" },
    });
  });

  test("has another hash when anything in it is another", () => {
    expect(readPolicyFile(good).hash).not.toBe(readPolicyFile(`${good}\n`).hash);
  });

  test("with a window for every hour of the day has every day where none is named", () => {
    const read = readPolicyFile('version: 1\nwindows: { a: { from: "00:00", to: "24:00", timeZone: UTC } }');

    expect(read).toMatchObject({ file: { windows: { a: [{ days: { length: 7 } }] } } });
  });
});

describe("a bad policy file is refused whole, with line, column, path, what stands there and what is allowed", () => {
  test.each([
    ["a mode", good.replace("mode: audit", "mode: off"), ['2:7 mode "off"; audit, approve, enforce']],
    ["a version", good.replace("version: 1", "version: 2"), ["1:10 version 2; 1"]],
    ["no version", "mode: audit", ["1:1 version ; 1"]],
    [
      "a misspelt name",
      good.replace("scope: { resourceGroup", "scope: { resourcegroup"),
      [
        "7:14 rules.0.scope.resourcegroup resourcegroup; one of the names managementGroup, subscription, resourceGroup, resource, tag, glob",
      ],
    ],
    [
      "an empty scope",
      good.replace(/scope: .*/, "scope: {}"),
      ["7:12 rules.0.scope {}; one of managementGroup, subscription, resourceGroup, resource, tag, glob"],
    ],
    [
      "a mode in the long form",
      good.replace("mode: approve", "mode: ask"),
      ['10:33 rules.0.baselines.vpn/ipsec-policy.mode "ask"; audit, approve, enforce'],
    ],
    [
      "a mode in the short form",
      good.replace("transfer: enforce", "transfer: enforced"),
      ['9:32 rules.0.baselines.storage/secure-transfer "enforced"; audit, approve, enforce, or names with values'],
    ],
    [
      "a parameter",
      good.replace("lookBackSeconds: 600", "lookBackSeconds: soon"),
      ['10:89 rules.0.baselines.vpn/ipsec-policy.parameters.lookBackSeconds "soon"; a number'],
    ],
    [
      "a window that is nowhere",
      good.replace("window: nights", "window: days"),
      ['10:50 rules.0.baselines.vpn/ipsec-policy.window "days"; nights'],
    ],
    ["a time", good.replace("22:00", "24:30"), ['4:37 windows.nights.from "24:30"; HH:MM from 00:00 to 23:59']],
    [
      "a time zone",
      good.replace("Europe/Berlin", "Berlin"),
      ['4:69 windows.nights.timeZone "Berlin"; a name of the IANA time zone database, e.g. Europe/Berlin'],
    ],
    [
      "a window of no length",
      good.replace("05:00", "22:00"),
      ['4:50 windows.nights.to "22:00"; at least 15 minutes after from'],
    ],
    [
      "a day",
      good.replace("[mon, tue]", "[mon, Tuesday]"),
      ['4:25 windows.nights.days.1 "Tuesday"; mon, tue, wed, thu, fri, sat, sun'],
    ],
    [
      "two rules of one name",
      `${good}  - { name: ships, baselines: {} }\n`,
      ['11:13 rules.1.name "ships"; a name that no other rule has'],
    ],
    [
      "a subscription",
      good.replace("resourceGroup: ships", "subscription: ships"),
      ['7:28 rules.0.scope.subscription "ships"; a GUID'],
    ],
    ["a list that is none", "version: 1\nexemptions: none\n", ['2:13 exemptions "none"; a list']],
    [
      "an exemption of nothing",
      "version: 1\nexemptions:\n  - { baselines: ['*'] }\n",
      ["3:5 exemptions.0.scope ; names with values"],
    ],
    ["nothing", "", ["1:1  null; names with values"]],
    [
      "YAML that is none",
      "version: 1\nrules: [",
      ["2:9  ; YAML: Flow sequence in block collection must be sufficiently indented and end with a ]"],
    ],
    ["a name twice", "version: 1\nversion: 1", ["2:1  ; YAML: Map keys must be unique"]],
    ["a tag of YAML", "version: !int 1", ["1:10  ; YAML: Unresolved tag: !int"]],
  ])("%s", (_what, text, expected) => {
    expect(problems(text)).toEqual(expected);
  });

  test("a baseline that is unknown is told with those that there are", () => {
    expect(problems(good.replace("storage/secure-transfer", "storage/transfer"))).toEqual([
      expect.stringMatching(/^9:7 .*transfer; one of the names .*storage\/secure-transfer, /),
    ]);
  });

  test("a parameter that is unknown is told with those that the baseline has", () => {
    expect(problems(good.replace("lookBackSeconds", "lookback"))).toEqual([
      expect.stringMatching(/^10:72 .*parameters\.lookback lookback; one of the names preset, /),
    ]);
  });

  test("everything that is wrong is told at once", () => {
    expect(problems(good.replace("mode: audit", "mode: off").replace("22:00", "22"))).toHaveLength(2);
  });

  test("aliases of aliases, which would fill the memory", () => {
    const lines = Array.from(
      { length: 9 },
      (_, level) => `l${level + 1}: &l${level + 1} [${"*l0, ".replace("0", `${level}`).repeat(9)}]`,
    );

    expect(problems(["l0: &l0 [a]", ...lines].join("\n"))).toEqual([expect.stringContaining("by alias")]);
  });

  test("a file that is too long", () => {
    expect(problems(`version: 1 # ${"x".repeat(1_000_000)}`)).toEqual([expect.stringContaining("at most 1000000")]);
  });
});
