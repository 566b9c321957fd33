import { type Json, type JsonObject, valueAtPath } from "../json.ts";

/** A query of the form that a sweep sends, ready to run over rows. */
export interface ResourceGraphQuery {
  table: "resources" | "resourcecontainers";
  conditions: ((row: JsonObject) => boolean)[];
  /** Column name and path; undefined keeps all columns. */
  projection?: { name: string; path: string }[];
  order: { path: string; descending: boolean }[];
  limit?: number;
}

/** A query that can't be read: where, as the service tells it. */
export interface QueryError {
  line: number;
  characterPositionInLine: number;
  token: string;
}

interface Token {
  text: string;
  position: number;
}

/**
 * Reads a Kusto query: `resources`, `resourcecontainers` or no table first, then `where`, `project`, `order by` and `limit` between bars.
 * Conditions compare a column or a dotted path of it with a literal (`==`, `=~`, `!=`, `!~`, `in`, `in~`), joined by `and`.
 */
export function parseQuery(text: string): ResourceGraphQuery | QueryError {
  const query: ResourceGraphQuery = { table: "resources", conditions: [], order: [] };
  const stages = split(tokenize(text), "|");
  for (const [index, stage] of stages.entries()) {
    const name = stage[0]?.text.toLowerCase();
    if (index === 0 && stage.length === 1 && (name === "resources" || name === "resourcecontainers")) {
      query.table = name;
      continue;
    }
    const wrong = readStage(query, stage);
    if (wrong !== undefined) return errorAt(text, wrong, stage);
  }
  return query;
}

/** Runs it but for its columns: filters, orders and cuts. */
export function runQuery(query: ResourceGraphQuery, rows: readonly JsonObject[]): JsonObject[] {
  const found = rows.filter((row) => query.conditions.every((condition) => condition(row)));
  const ordered = inOrder(query.order, found);
  return query.limit === undefined ? ordered : ordered.slice(0, query.limit);
}

/** The columns of a row that the query asks for. */
export function project({ projection }: ResourceGraphQuery, row: JsonObject): JsonObject {
  if (!projection) return row;
  return Object.fromEntries(projection.map(({ name, path }) => [name, valueAtPath(row, path) ?? null]));
}

/** True for what parseQuery gives when it fails. */
export function isQueryError(parsed: ResourceGraphQuery | QueryError): parsed is QueryError {
  return "characterPositionInLine" in parsed;
}

const tokenPattern = /'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[A-Za-z_$][\w.$]*~?|\d+|==|=~|!=|!~|[|,()=]|\S/g;

function tokenize(text: string): Token[] {
  return [...text.matchAll(tokenPattern)].map((match) => ({ text: match[0], position: match.index }));
}

function split(tokens: Token[], separator: string): Token[][] {
  const parts: Token[][] = [[]];
  for (const token of tokens) {
    if (token.text === separator) parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts;
}

/** Adds one stage to the query; gives the index of the token that it can't read, undefined when all is well. */
function readStage(query: ResourceGraphQuery, stage: Token[]): number | undefined {
  const [name, second] = stage.map((token) => token.text.toLowerCase());
  if (name === "where") return readConditions(query, stage.slice(1));
  if (name === "project") return readProjection(query, stage.slice(1));
  if ((name === "order" || name === "sort") && second === "by") return readOrder(query, stage.slice(2));
  if (name === "limit" || name === "take") {
    if (stage.length !== 2 || !/^\d+$/.test(second ?? "")) return 1;
    query.limit = Math.min(query.limit ?? Number.POSITIVE_INFINITY, Number(second));
    return undefined;
  }
  return 0;
}

function readConditions(query: ResourceGraphQuery, tokens: Token[]): number | undefined {
  let start = 0;
  while (start < tokens.length || start === 0) {
    const next = tokens.findIndex(({ text }, index) => index > start && text.toLowerCase() === "and");
    const end = next < 0 ? tokens.length : next;
    const condition = readCondition(tokens.slice(start, end).map(({ text }) => text));
    if (!condition) return (end - start < 3 ? end : start) + 1;
    query.conditions.push(condition);
    start = end + 1;
  }
  return undefined;
}

function readCondition([path, operator, ...rest]: string[]): ((row: JsonObject) => boolean) | undefined {
  if (path === undefined || operator === undefined || !isPath(path)) return undefined;
  const values = operator.startsWith("in") ? readList(rest) : readLiteral(rest);
  if (!values) return undefined;
  const fold = operator.endsWith("~");
  const matches = (row: JsonObject) => values.some((value) => isEqual(valueAtPath(row, path), value, fold));
  if (["==", "=~", "in", "in~"].includes(operator.toLowerCase())) return matches;
  if (operator === "!=" || operator === "!~") return (row) => !matches(row);
  return undefined;
}

function readList(tokens: string[]): Json[] | undefined {
  if (tokens[0] !== "(" || tokens.at(-1) !== ")") return undefined;
  const items = tokens.slice(1, -1).filter((token) => token !== ",");
  const values = items.map((item) => readLiteral([item])?.[0]);
  return values.every((value) => value !== undefined) ? values : undefined;
}

function readLiteral(tokens: string[]): Json[] | undefined {
  const [token = ""] = tokens;
  if (tokens.length !== 1) return undefined;
  if (/^(['"]).*\1$/s.test(token)) return [token.slice(1, -1).replace(/\\(.)/g, "$1")];
  if (/^\d+$/.test(token)) return [Number(token)];
  if (token === "true" || token === "false") return [token === "true"];
  return undefined;
}

function readProjection(query: ResourceGraphQuery, tokens: Token[]): number | undefined {
  const columns = split(tokens, ",").map((column) => column.map(({ text }) => text));
  const projection: { name: string; path: string }[] = [];
  for (const column of columns) {
    const [first = "", equals, last = ""] = column;
    if (column.length === 1 && isPath(first)) projection.push({ name: first.replaceAll(".", "_"), path: first });
    else if (column.length === 3 && equals === "=" && isPath(last)) projection.push({ name: first, path: last });
    else return 1;
  }
  query.projection = projection;
  return undefined;
}

function readOrder(query: ResourceGraphQuery, tokens: Token[]): number | undefined {
  for (const column of split(tokens, ",")) {
    const [path, direction = "desc"] = column.map(({ text }) => text);
    if (path === undefined || !isPath(path) || column.length > 2 || !["asc", "desc"].includes(direction)) return 2;
    query.order.push({ path, descending: direction === "desc" });
  }
  return undefined;
}

function isPath(text: string): boolean {
  return /^[A-Za-z_]\w*(\.\w+)*$/.test(text);
}

function isEqual(value: Json | undefined, wanted: Json, fold: boolean): boolean {
  if (typeof value === "string" && typeof wanted === "string" && fold) {
    return value.toLowerCase() === wanted.toLowerCase();
  }
  return value === wanted;
}

/** What is compared is taken out of each row once, and not at each comparison. */
function inOrder(order: ResourceGraphQuery["order"], rows: JsonObject[]): JsonObject[] {
  if (order.length === 0) return rows;
  const keyed = rows.map((row) => ({ row, keys: order.map(({ path }) => String(valueAtPath(row, path) ?? "")) }));
  keyed.sort((a, b) => {
    for (const [index, { descending }] of order.entries()) {
      const [left = "", right = ""] = [a.keys[index], b.keys[index]];
      if (left !== right) return left < right !== descending ? -1 : 1;
    }
    return 0;
  });
  return keyed.map(({ row }) => row);
}

/** Where the query breaks off. At its end the token is `<EOF>` (recording: resource-graph). */
function errorAt(text: string, index: number, stage: Token[]): QueryError {
  const token = stage[index];
  const position = token?.position ?? text.length;
  const before = text.slice(0, position).split("\n");
  return {
    line: before.length,
    characterPositionInLine: before.at(-1)?.length ?? 0,
    token: token?.text ?? "<EOF>",
  };
}
