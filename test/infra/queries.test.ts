import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import type { Cause } from "../../shared/events/cause.ts";
import type {
  BaselineResult,
  BreakerEntry,
  ForeignUseEntry,
  MissedEventEntry,
  PolicyRefusedEntry,
} from "../../shared/journal/journal.ts";
import { outcomeNames } from "../../shared/outcomes.ts";
import { readBicep, root } from "./bicep-files.ts";
import { problemsOf } from "./kusto.ts";

interface Query {
  name: string;
  text: string;
}

const folder = path.join(root, "infra/core/queries");
const ofAlerts: Query[] = readdirSync(folder).map((file) => ({
  name: file.replace(/\.kql$/, ""),
  text: readFileSync(path.join(folder, file), "utf8"),
}));
const workbookSchema = z.object({
  items: z.array(z.object({ name: z.string(), content: z.object({ query: z.string().optional() }) })),
});
const workbook = workbookSchema.parse(JSON.parse(readFileSync(path.join(root, "infra/core/workbook.json"), "utf8")));
const ofWorkbook: Query[] = workbook.items.flatMap(({ name, content: { query } }) =>
  query === undefined ? [] : [{ name, text: query }],
);
const alerts = readBicep("core/alerts.bicep").text;
const core = readBicep("core/main.bicep").text;

/** What the product's log lines say: their messages are constant. */
const messages = readdirSync(path.join(root, "shared"), { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .flatMap((name) => [
    ...readFileSync(path.join(root, "shared", name), "utf8").matchAll(/\blog\.(?:info|warn|error)\(\s*"([^"]+)"/g),
  ])
  .map(([, message]) => message);
/** What a look's line says is told by another call. */
const looksFor = [...messages, "judged", ...outcomeNames, "__identity__", "__insights__", "__app__", ""];

/** What queries take from a line: properties of the entry that it tells, or what the line has beside. */
const fields = {
  Line: [
    ...(["resourceId", "baseline", "changedBy", "seenAt", "identity", "causes", "source", "holds"] satisfies (
      | keyof BreakerEntry
      | keyof MissedEventEntry
      | keyof ForeignUseEntry
      | keyof PolicyRefusedEntry
    )[]),
    ...["message", "outcome", "results", "baselines", "reason", "error", "blob", "sweep", "last", "operationId"],
  ],
  Result: ["baseline", "outcome", "reason"] satisfies (keyof BaselineResult)[],
  Cause: ["changedBy"] satisfies (keyof Cause)[],
};

test("the language service finds what is wrong with a query", () => {
  expect(problemsOf("AppTraces | where Message == 'judged'")).toEqual([]);
  expect(problemsOf("AppTraces | where Massage == 'judged'").join()).toContain("Massage");
  expect(problemsOf("AppTraces | where").length).toBeGreaterThan(0);
  expect(problemsOf("requests").join()).toContain("requests");
});

describe.each([...ofAlerts, ...ofWorkbook])("the query $name", ({ text }) => {
  test("parses, and names columns and functions that there are", () => {
    expect(problemsOf(text)).toEqual([]);
  });

  test("looks for messages and outcomes that the product has", () => {
    const literals = [...text.replaceAll(/^\s*\/\/.*$/gm, "").matchAll(/"([^"]*)"/g)].map(([, literal]) => literal);

    expect(literals.length).toBeGreaterThan(0);
    for (const literal of literals) expect(looksFor).toContain(literal);
  });

  test("takes properties that lines, results and causes have", () => {
    for (const [, of, field] of text.matchAll(/\b(Line|Result|Cause)(?:\.|\[')(\w+)/g)) {
      expect(new Map<string | undefined, string[]>(Object.entries(fields)).get(of)).toContain(field);
    }
  });
});

test("the message of a look is what the workbook looks for", () => {
  expect(readFileSync(path.join(root, "shared/engine/conclude.ts"), "utf8")).toContain('tell(run, "judged", result)');
});

describe("alerts", () => {
  test("are those that docs/alerts.md explains, each with a query, and each query with an alert", () => {
    const names = ofAlerts.map(({ name }) => name).sort();
    const rules = [
      ...alerts.matchAll(/name: '([\w-]+)'\n {4}title: .*\n {4}query: loadTextContent\('queries\/([\w-]+)\.kql'\)/g),
    ];
    const metrics = [...readBicep("events/lost-events.bicep").text.matchAll(/rule: '([\w-]+)'/g)].map(
      ([, rule]) => rule,
    );
    const explained = [...readFileSync(path.join(root, "docs/alerts.md"), "utf8").matchAll(/^### `([\w-]+)`/gm)];

    for (const [, name, query] of rules) expect(name).toBe(query);
    expect(rules.map(([, name]) => name).sort()).toEqual(names);
    expect(explained.map(([, name]) => name).sort()).toEqual(
      [...names.map((name) => `guard-${name}`), ...metrics].sort(),
    );
  });

  test("and the workbook look at the log of the service alone, whoever else logs into the same workspace or by the same component", () => {
    for (const { text } of [...ofAlerts, ...ofWorkbook]) {
      const reads = text.match(/\bAppTraces\b/g) ?? [];
      const bound =
        text.match(/\bAppTraces\n *\| where _ResourceId =~ "__insights__"\n *\| where AppRoleName =~ "__app__"\n/g) ??
        [];
      expect(reads.length).toBeGreaterThan(0);
      expect(bound).toHaveLength(reads.length);
    }
    for (const text of [alerts, readBicep("core/workbook.bicep").text]) {
      expect(text).toMatch(/replace\(replace\(\S+, '__insights__', insightsId\), '__app__', appName\)\n/);
    }
    expect(core.match(/^ {4}appName: functionApp\.outputs\.name$/gm)).toHaveLength(2);
  });

  test("tell somebody only where an address is given", () => {
    expect(alerts).toContain("= if (!empty(alertEmail)) {");
    expect(core).toContain("param alertEmail string = ''\n");
  });

  test("take the absence of lines for a sweep that is late", () => {
    const late = ofAlerts.find(({ name }) => name === "sweep-late")?.text ?? "";

    expect(late).toMatch(/print Ended = datetime\(null\).*\n.*toscalar\(ended \| count\) == 0/);
    expect(late).toContain("isnull(Ended) or");
  });
});

test("the workbook shows posture, remediations over time, outcomes and top offenders", () => {
  const names = ofWorkbook.map(({ name }) => name);

  expect(names).toEqual(expect.arrayContaining(["posture", "remediations", "outcomes", "offending-identities"]));
  expect(readBicep("core/workbook.bicep").text).toContain("loadTextContent('workbook.json')");
});
