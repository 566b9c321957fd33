import type { JsonObject } from "../arm/json.ts";
import type { AccountStanding } from "./standings.ts";
import type { Style } from "./style.ts";
import { type Cell, type Column, renderTable, wrap } from "./table.ts";
import { paintOf, reasonOf, reasons } from "./tell.ts";
import { beforeAndAfter, patchInWords } from "./words.ts";

/** One account, as the report tells of it. */
export interface Account {
  line: string;
  resource: string;
  /** How it came to be as it was before the service looked, such as `by sam`. */
  origin: string;
  before: JsonObject;
  after: JsonObject;
  standing: AccountStanding;
}

const columns: readonly Column[] = [
  { heading: "Resource", least: 16, share: 1 },
  { heading: "Before", least: 19, share: 1.5 },
  { heading: "After", least: 19, share: 1.5 },
  { heading: "Outcome", least: 11, share: 1 },
  { heading: "Why", least: 22, share: 3 },
];

/** The table of every account. Those of one name but for a number, for which all else is the same, share a row. */
export function accountTable(accounts: readonly Account[], style: Style): string[] {
  const rows = new Map<string, { account: Account; names: string[] }>();
  for (const account of accounts) {
    const key = JSON.stringify([account.resource.replace(/\d+$/, ""), ...texts(account)]);
    const row = rows.get(key) ?? { account, names: [] };
    row.names.push(account.resource);
    rows.set(key, row);
  }
  const cells = [...rows.values()].map(({ account, names }) => rowOf(account, names, style));
  return renderTable(columns, cells, style.width, style.bold);
}

/** What a person has to decide or to clear away: why, what it may break, and what to do. Empty where nothing waits. */
export function waitingForPeople(accounts: readonly Account[], style: Style): string[] {
  return accounts.flatMap(({ resource, line, standing }) => {
    const waiting = standing.standings.filter(({ outcome }) => isForAPerson(outcome));
    const [first] = waiting;
    if (!first) return [];
    const baselines = waiting.map(({ baseline }) => baseline.replace(/^[^/]+\//, "")).join(", ");
    const proposal = [...new Set(waiting.flatMap(({ patches }) => patches.flatMap(patchInWords)))].join(", ");
    // What is blocked was tried; nothing is proposed then but to clear the way.
    const isOpen = first.outcome !== "blocked" && proposal !== "";
    const told: [string, string | undefined][] = [
      ["why", reasonOf(first)],
      [first.outcome === "audit" ? "would do" : "proposed", isOpen ? proposal : undefined],
      ["may break", isOpen ? first.mayBreak : undefined],
      ["to do", first.advice],
    ];
    const paint = paintOf(style, first.outcome);
    return [
      "",
      `${style.bold(resource)} ${style.ship(line)}: ${paint(first.outcome)} ${style.dim(baselines)}`,
      ...told.flatMap(([name, text]) => (text ? labelled(name, text, style) : [])),
    ];
  });
}

/** A name, and a text wrapped beside it. */
export function labelled(name: string, text: string, style: Style, width = 11): string[] {
  const indent = 2 + width;
  return wrap(text, style.width - indent).map(
    (each, index) => `  ${style.dim((index === 0 ? name : "").padEnd(width))}${each}`,
  );
}

function rowOf(account: Account, names: readonly string[], style: Style): Cell[] {
  const { line, standing, origin } = account;
  const [before, after, , why] = texts(account);
  return [
    {
      text: `${namesInWords(names)}\n${line}`,
      paint: (text) => (line.includes(text) ? style.ship(text) : style.bold(text)),
    },
    { text: `${before}\n${origin}`, paint: (text) => (origin.includes(text) ? style.dim(text) : text) },
    { text: after, paint: (text) => (before.includes(text) ? text : style.good(text)) },
    { text: standing.outcome, paint: paintOf(style, standing.outcome) },
    { text: why },
  ];
}

/** One name, or the first with the last one's number. */
function namesInWords(names: readonly string[]): string {
  const [first = ""] = names;
  if (names.length === 1) return first;
  const lastNumber = /\d*$/.exec(names.at(-1) ?? "")?.[0] ?? "";
  return `${first}-${lastNumber}\n${names.length} accounts`;
}

function texts({ before, after, standing }: Account): [before: string, after: string, outcome: string, why: string] {
  const words = beforeAndAfter(before, after);
  return [words.before.join("\n"), words.after.join("\n"), standing.outcome, reasons(standing.standings)];
}

function isForAPerson(outcome: string): boolean {
  return ![
    "compliant",
    "remediated",
    "exempt",
    "gone",
    "superseded",
    "undone",
    "unsupported",
    "skipped-paused",
  ].includes(outcome);
}
