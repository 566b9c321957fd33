import { isAllowed } from "../checks/access.ts";
import { readBody } from "../exchange.ts";
import { isJsonObject, type Json, type JsonObject, objectAt, textAt, withoutPath } from "../json.ts";
import { type Answer, ArmError, type ArmRequest, azureTime, type Caller } from "../message.ts";
import { findType } from "../registry.ts";
import { parseResourcePath } from "../resource-id.ts";
import { type ArmState, managementGroupOf } from "../state.ts";
import type { ResourceStore, StoredResource } from "../store.ts";
import { isQueryError, parseQuery, runQuery } from "./query.ts";

/** The index, which tests may hold back: the real one lags behind ARM, and its rows may lack properties. */
export interface ResourceGraph {
  /** Paths that rows don't have, e.g. `properties.minimumTlsVersion`. */
  omitProperties: string[];
  /** While true, queries see what there was when it was set. */
  frozen: boolean;
}

/** The index, with the resources that it shows. */
export interface IndexedResourceGraph extends ResourceGraph {
  resources(): StoredResource[];
}

/** An index that follows the store until it is frozen. */
export function createResourceGraph(store: ResourceStore): IndexedResourceGraph {
  let held: StoredResource[] | undefined;
  return {
    omitProperties: [],
    get frozen() {
      return held !== undefined;
    },
    set frozen(frozen) {
      held = frozen ? (held ?? store.list()) : undefined;
    },
    resources: () => held ?? store.list(),
  };
}

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
  const query = parseQuery(textAt(body, "query") ?? "");
  if (isQueryError(query)) throw invalidQuery(state, request, { ...query }, left);
  const rows = runQuery(query, visibleRows(state, caller, body));
  const { start, size } = pageOf(objectAt(body, "options"));
  const data = rows.slice(start, start + size);
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

/** The resources of the asked subscriptions that the caller may read, as rows of the `resources` table. */
function visibleRows(state: ArmState, caller: Caller, body: JsonObject): JsonObject[] {
  const asked = Array.isArray(body.subscriptions)
    ? body.subscriptions.map((id) => String(id).toLowerCase())
    : undefined;
  return state.resourceGraph
    .resources()
    .filter(({ id, type }) => {
      const subscriptionId = id.split("/")[2]?.toLowerCase() ?? "";
      if (!findType(type)?.tracked || (asked && !asked.includes(subscriptionId))) return false;
      if (!state.switches.roleAssignments) return true;
      return isAllowed(state.resources, managementGroupOf(state), caller, `${type}/read`, id);
    })
    .map((resource) => row(state, resource));
}

/** Types and groups are in lower case in the index. */
function row(state: ArmState, { id, type, body }: StoredResource): JsonObject {
  const path = parseResourcePath(id);
  const column = (name: string): Json => body[name] ?? null;
  const whole: JsonObject = {
    id,
    name: column("name"),
    type: type.toLowerCase(),
    tenantId: state.tenantId,
    kind: body.kind ?? "",
    location: column("location"),
    resourceGroup: path?.resourceGroup?.toLowerCase() ?? "",
    subscriptionId: path?.subscriptionId ?? "",
    managedBy: body.managedBy ?? "",
    sku: column("sku"),
    plan: null,
    properties: column("properties"),
    tags: column("tags"),
    identity: column("identity"),
    zones: null,
    extendedLocation: null,
  };
  return state.resourceGraph.omitProperties.reduce(withoutPath, whole);
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
