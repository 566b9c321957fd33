import {
  invalidApiVersion,
  invalidToken,
  missingApiVersion,
  missingToken,
  notFoundPath,
  subscriptionNotFound,
} from "./errors.ts";
import { answerGroupResources } from "./group-resources.ts";
import { answerManagementGroup } from "./management-groups.ts";
import { type Answer, ArmError, type ArmRequest, type Caller } from "./message.ts";
import { answerMetrics } from "./metrics.ts";
import { answerRegistration } from "./registrations.ts";
import { findType } from "./registry.ts";
import { answerResourceGraph, isResourceGraphPath } from "./resource-graph/index.ts";
import { parseResourcePath, typeOf } from "./resource-id.ts";
import { answerResource } from "./resource-request.ts";
import { type ArmState, findSubscription } from "./state.ts";
import { answerTenant, cloudMetadata } from "./tenant.ts";

/** Answers one request as Azure Resource Manager would, in its order of checks. Never throws an ArmError. */
export function handleRequest(state: ArmState, request: ArmRequest): Answer {
  if (request.path.toLowerCase() === "/metadata/endpoints") return cloudMetadata(state, request);
  try {
    return route(state, request, authenticated(state, request));
  } catch (error) {
    if (error instanceof ArmError) return error.answer;
    throw error;
  }
}

/** Who asks; undefined where the token is missing or none of ours. */
export function callerOf(state: ArmState, { headers }: ArmRequest): Caller | undefined {
  const token = /^Bearer (.+)$/i.exec(headers.authorization ?? "")?.[1];
  return token === undefined ? undefined : state.authenticate(token);
}

function authenticated(state: ArmState, request: ArmRequest): Caller {
  if (!request.headers.authorization) throw missingToken(state.tenantId);
  const caller = callerOf(state, request);
  if (!caller) throw invalidToken(state.tenantId);
  return caller;
}

function route(state: ArmState, request: ArmRequest, caller: Caller): Answer {
  const path = parseResourcePath(request.path);
  const apiVersion = request.query.get("api-version");
  if (!apiVersion) throw missingApiVersion();
  if (!/^\d{4}-\d{2}-\d{2}(-\w+)?$/.test(apiVersion)) {
    throw invalidApiVersion(apiVersion, (path && findType(typeOf(path))?.apiVersions) ?? []);
  }
  const polled = state.operations.poll(request);
  if (polled) return polled;
  if (isResourceGraphPath(request)) return answerResourceGraph(state, request, caller);
  if (path?.subscriptionId && !findSubscription(state, path.subscriptionId)) {
    throw subscriptionNotFound(path.subscriptionId);
  }
  const remaining = takeQuota(state, request, caller, path?.subscriptionId);
  const answer = answered(
    () =>
      answerTenant(state, request, caller) ??
      answerRegistration(state, request, caller) ??
      answerManagementGroup(state, request, caller) ??
      answerGroupResources(state, request, caller) ??
      (path?.namespace ? answerMetrics(state, { request, caller, path, apiVersion }) : undefined) ??
      (path?.namespace ? answerResource(state, { request, caller, path, apiVersion }) : undefined),
  );
  if (!answer) throw notFoundPath(request.path);
  const byGateway = answer.headers?.["x-ms-failure-cause"] === "gateway";
  return byGateway ? answer : { ...answer, headers: { ...remaining, ...answer.headers } };
}

function answered(answer: () => Answer | undefined): Answer | undefined {
  try {
    return answer();
  } catch (error) {
    if (error instanceof ArmError) return error.answer;
    throw error;
  }
}

/** Takes one from the caller's bucket; gives the header that tells what is left (recorded on every answer of a provider). */
function takeQuota(
  state: ArmState,
  { method, path }: ArmRequest,
  { objectId }: Caller,
  subscriptionId = "tenant",
): Record<string, string> {
  const kind = method === "GET" || method === "HEAD" ? "reads" : method === "DELETE" ? "deletes" : "writes";
  const key = { subscriptionId, objectId, kind, operation: `${method}${pathWithoutNames(path)}` } as const;
  const left = state.throttle.takeFromSubscription(key, state.switches.throttling);
  return { [`x-ms-ratelimit-remaining-subscription-${kind}`]: String(left) };
}

/** As ARM names an operation when it throttles: PUT/SUBSCRIPTIONS/RESOURCEGROUPS/PROVIDERS/MICROSOFT.STORAGE/STORAGEACCOUNTS/ (recorded in errors). */
function pathWithoutNames(path: string): string {
  const segments = path.toUpperCase().split("/").slice(1);
  const provider = segments.lastIndexOf("PROVIDERS") + 1 || segments.length;
  const kept = segments.filter((_, index) =>
    index < provider ? index % 2 === 0 : (index - provider) % 2 === 1 || index === provider,
  );
  return `/${kept.join("/")}/`;
}
