import { createHash } from "node:crypto";
import { type Document, isMap, isNode, isPair, isScalar, LineCounter, type Node, parseDocument } from "yaml";
import * as z from "zod";
import { findBaseline } from "../baselines/index.ts";
import { isJsonObject } from "../json.ts";
import { type PolicyFile, policySchema } from "./policy-schema.ts";

/** One thing that is wrong in a policy file, and where. */
export interface PolicyProblem {
  /** From 1. */
  line: number;
  /** From 1. */
  column: number;
  /** Names from the top, e.g. `rules.0.scope`; empty for the file as a whole. */
  path: string;
  /** What stands there, in short; empty where nothing does. */
  found: string;
  allowed: string;
}

/** A file that holds, with the hash that names it, or everything that is wrong with it: a bad file is refused whole. */
export type PolicyFileResult = { ok: true; hash: string; file: PolicyFile } | Refused;

interface Refused {
  ok: false;
  hash: string;
  problems: PolicyProblem[];
}

/** A megabyte is more than ten thousand rules: what is longer is no policy. */
const longestFile = 1_000_000;
const mostProblems = 20;
const longestFound = 80;
/** A file has no use for aliases of aliases: a few lines of them make gigabytes. */
const mostAliases = 100;

/** Reads guard.policy.yaml; JSON is YAML too. Pure. */
export function readPolicyFile(text: string): PolicyFileResult {
  const hash = policyHash(text);
  const refuse = (problems: PolicyProblem[]): Refused => ({
    ok: false,
    hash,
    problems: problems.slice(0, mostProblems),
  });
  if (text.length > longestFile) {
    return refuse([
      { line: 1, column: 1, path: "", found: "", allowed: `a file of at most ${longestFile} characters` },
    ]);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true });
  const broken = [...document.errors, ...document.warnings];
  if (broken.length > 0) {
    return refuse(
      broken.map(({ pos, message }) => ({ ...at(lines, pos[0]), path: "", found: "", allowed: `YAML: ${message}` })),
    );
  }
  const value = plainValue(document);
  if (value === tooManyAliases) {
    return refuse([{ line: 1, column: 1, path: "", found: "", allowed: `at most ${mostAliases} values by alias` }]);
  }
  const parsed = policySchema.safeParse(value);
  if (parsed.success) return { ok: true, hash, file: parsed.data };
  const faults = parsed.error.issues.flatMap((issue) => faultsOf(issue, []));
  return refuse(faults.map((fault) => located(fault, { document, value, lines })));
}

/** The name of a version: SHA-256 of its text, in hexadecimal digits. */
export function policyHash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function plainValue(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: mostAliases });
  } catch (thrown) {
    if (thrown instanceof ReferenceError) return tooManyAliases;
    throw thrown;
  }
}

const tooManyAliases = Symbol("too many aliases");

/** What is wrong at a path; a name that is not known there stands at its end. */
interface Fault {
  path: PropertyKey[];
  allowed: string;
  isName: boolean;
}

function faultsOf(issue: z.core.$ZodIssue, above: readonly PropertyKey[]): Fault[] {
  const path = [...above, ...issue.path];
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => ({ path: [...path, key], allowed: namesAt(path) ?? issue.message, isName: true }));
    case "invalid_union":
      return ofUnion(issue.errors, path);
    case "invalid_value":
      return [{ path, allowed: issue.values.map(String).join(", "), isName: false }];
    case "invalid_type":
      return [{ path, allowed: kinds[issue.expected] ?? issue.expected, isName: false }];
    case "invalid_key":
      return issue.issues.map(({ message }) => ({ path, allowed: message, isName: true }));
    case "invalid_format":
      return [{ path, allowed: issue.format === "guid" ? "a GUID" : issue.message, isName: false }];
    case "too_big":
      return [{ path, allowed: `at most ${issue.maximum}`, isName: false }];
    case "too_small":
      return [{ path, allowed: `at least ${issue.minimum}`, isName: false }];
    default:
      return [{ path, allowed: issue.message, isName: false }];
  }
}

const kinds: Record<string, string> = {
  object: "names with values",
  array: "a list",
  string: "a text",
  record: "names with values",
  int: "a whole number",
  number: "a number",
  boolean: "true or false",
};

/** Of a short and a long form the one is explained that was meant: that of which more than its kind is wrong. */
function ofUnion(forms: readonly z.core.$ZodIssue[][], path: PropertyKey[]): Fault[] {
  const meant = forms.find((issues) =>
    issues.some((issue) => issue.path.length > 0 || issue.code === "unrecognized_keys"),
  );
  if (meant) return meant.flatMap((issue) => faultsOf(issue, path));
  const allowed = forms
    .flatMap((issues) => issues.flatMap((issue) => faultsOf(issue, path)))
    .map((each) => each.allowed);
  return [{ path, allowed: [...new Set(allowed)].join(", or "), isName: false }];
}

/** Parameters have schemas of their own, which say nothing of names that are allowed. */
function namesAt(path: readonly PropertyKey[]): string | undefined {
  if (path.at(-1) !== "parameters") return undefined;
  const baseline = findBaseline(String(path.at(-2)));
  const schema: unknown = baseline && z.toJSONSchema(baseline.parameters, { io: "input" });
  const names = isJsonObject(schema) && isJsonObject(schema.properties) ? Object.keys(schema.properties) : [];
  return names.length === 0 ? "nothing: the baseline has no parameters" : `one of the names ${names.join(", ")}`;
}

interface Read {
  document: Document;
  value: unknown;
  lines: LineCounter;
}

function located({ path, allowed, isName }: Fault, { document, value, lines }: Read): PolicyProblem {
  const node = isName ? keyNode(document, path) : nodeAt(document, path);
  const found = isName ? String(path.at(-1)) : shown(value, path);
  return { ...at(lines, node?.range?.[0] ?? 0), path: path.map(String).join("."), found, allowed };
}

/** The node at a path, or the nearest one above it: what is missing is told where it should stand. */
function nodeAt(document: Document, path: readonly PropertyKey[]): Node | null {
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node)) return node;
  }
  return document.contents;
}

function keyNode(document: Document, path: readonly PropertyKey[]): Node | null {
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  if (!isMap(parent)) return nodeAt(document, path.slice(0, -1));
  const pair = parent.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === path.at(-1));
  return isNode(pair?.key) ? pair.key : parent;
}

function shown(value: unknown, path: readonly PropertyKey[]): string {
  let found = value;
  for (const name of path) {
    const known: unknown[] =
      typeof found === "object" && found !== null
        ? Object.entries(found).flatMap(([key, each]) => (key === String(name) ? [each] : []))
        : [];
    found = known[0];
  }
  const text = JSON.stringify(found) ?? "";
  return text.length <= longestFound ? text : `${text.slice(0, longestFound)}…`;
}

function at(lines: LineCounter, offset: number): { line: number; column: number } {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}
