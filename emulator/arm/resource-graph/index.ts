import { readBody } from "../exchange.ts";
import { isJsonObject, type JsonObject, objectAt, textAt } from "../json.ts";
import { type Answer, ArmError, type ArmRequest, azureTime, type Caller } from "../message.ts";
import type { ArmState } from "../state.ts";
import { visibleContainers } from "./containers.ts";
import { isQueryError, parseQuery, project, type ResourceGraphQuery, runQuery } from "./query.ts";
import { visibleRows } from "./rows.ts";

/** True for POST /providers/Microsoft.ResourceGraph/resources. */
export function isResourceGraphPath(request: ArmRequest): boolean {
  return request.method === "POST" && /^\/providers\/microsoft\.resourcegraph\/resources$/i.test(request.path);
}

/** Rows in one page at most (docs: Working with large Azure resource data sets). */
const pageLimit = 1000;

/** Answers a query (recording: resource-graph). 15 queries in 5 s are allowed, where throttling is on. */
export function answerResourceGraph(state: ArmState, request: ArmRequest, caller: Caller): Answer {
  const left = state.throttle.takeFromResourceGraph(caller.objectId);
  if (left < 0 && state.switches.throttling) throw tooManyQueries(state, request);
  const body = readBody(request);
  const text = textAt(body, "query") ?? "";
  const query = parseQuery(text);
  if (isQueryError(query)) throw invalidQuery(state, request, { ...query }, left);
  const rows = find(state, caller, query, { text, ids: askedSubscriptions(state, body) });
  const { start, size } = pageOf(objectAt(body, "options"));
  const data = rows.slice(start, start + size).map((row) => project(query, row));
  const more = start + data.length < rows.length;
  const pageable = !query.projection || query.projection.some(({ name }) => name === "id");
  return {
    status: 200,
    headers: quota(left),
    body: {
      totalRecords: rows.length,
      count: data.length,
      data,
      facets: [],
      resultTruncated: more && !pageable ? "true" : "false",
      ...(more && pageable && { $skipToken: skipToken(start + data.length, size) }),
    },
  };
}

function find(
  state: ArmState,
  caller: Caller,
  query: ResourceGraphQuery,
  { text, ids }: { text: string; ids: readonly string[] | undefined },
): readonly JsonObject[] {
  const { omitProperties } = state.resourceGraph;
  const { roleAssignments } = state.switches;
  const groups = state.subscriptions.map(({ subscriptionId }) => state.managementGroups.of(subscriptionId));
  const all = JSON.stringify({ text, ids, groups, objectId: caller.objectId, omitProperties, roleAssignments });
  const rows = query.table === "resources" ? visibleRows : visibleContainers;
  return state.resourceGraph.foundBy(all, () => runQuery(query, rows(state, caller, ids && new Set(ids))));
}

/** By subscriptions, or by all that are in management groups (swagger: QueryRequest); undefined where it asks by neither. In lower case. */
function askedSubscriptions(
  { managementGroups: groups }: ArmState,
  { subscriptions, managementGroups }: JsonObject,
): string[] | undefined {
  if (Array.isArray(subscriptions)) return subscriptions.map((id) => String(id).toLowerCase());
  if (!Array.isArray(managementGroups)) return undefined;
  return managementGroups
    .flatMap((name) => groups.in(String(name))?.subscriptions ?? [])
    .map(({ subscription }) => subscription.subscriptionId.toLowerCase());
}

function pageOf(options: JsonObject): { start: number; size: number } {
  const earlier = readSkipToken(textAt(options, "$skipToken"));
  const top = Number(options.$top ?? earlier.MaxRows ?? pageLimit);
  const start = Number(options.$skip || earlier.RowsToSkip || 0);
  return { start, size: Math.max(1, Math.min(top, pageLimit)) };
}

/** The real token's form (recorded), so that nobody takes it for a number. */
function skipToken(rowsToSkip: number, maxRows: number): string {
  return Buffer.from(JSON.stringify({ $id: "1", MaxRows: maxRows, RowsToSkip: rowsToSkip })).toString("base64");
}

function readSkipToken(token: string | undefined): JsonObject {
  if (!token) return {};
  try {
    const decoded: unknown = JSON.parse(Buffer.from(token, "base64").toString());
    if (isJsonObject(decoded)) return decoded;
  } catch {
    // Not a token of ours: refused below, like a token that holds no object.
  }
  throw new ArmError(400, { code: "BadRequest", message: "The skip token is invalid." });
}

function quota(left: number): Record<string, string> {
  const remaining = String(Math.max(0, left));
  return {
    "x-ms-ratelimit-remaining-tenant-resource-requests": remaining,
    "x-ms-user-quota-remaining": remaining,
    "x-ms-user-quota-resets-after": "00:00:05",
  };
}

function supportText({ clock }: ArmState, { correlationId }: ArmRequest): string {
  return `Please provide below info when asking for support: timestamp = ${azureTime(clock.now())}, correlationId = ${correlationId}.`;
}

function invalidQuery(state: ArmState, request: ArmRequest, where: JsonObject, left: number): ArmError {
  const details = [
    {
      code: "InvalidQuery",
      message:
        "Query is invalid. Please refer to the documentation for the Azure Resource Graph service and fix the error before retrying.",
    },
    { code: "ParserFailure", message: "ParserFailure", ...where, expectedToken: "\u01cf" },
  ];
  return new ArmError(400, { code: "BadRequest", message: supportText(state, request), details }, quota(left));
}

function tooManyQueries(state: ArmState, request: ArmRequest): ArmError {
  const details = [
    {
      code: "RateLimiting",
      message:
        "Client application has been throttled and should not attempt to repeat the request until an amount of time has elapsed. Please see https://aka.ms/resourcegraph-throttling for help.",
    },
  ];
  const error = { code: "RateLimiting", message: supportText(state, request), details };
  return new ArmError(429, error, { ...quota(0), "retry-after": "5" });
}
