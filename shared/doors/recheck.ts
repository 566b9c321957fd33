import * as z from "zod";
import { askedBy, type Caller, callerName } from "../access/caller.ts";
import { reconcile } from "../engine/reconcile.ts";
import type { Answer, Look, LookResult, World } from "../engine/world.ts";
import type { ErrorDetail } from "../errors.ts";
import type { ChangeMessage } from "../events/cause.ts";
import { type InvocationLogger, jsonLinesLog } from "../log.ts";
import {
  type ConfiguredScope,
  type CurrentScopes,
  isInScope,
  isManagementGroup,
  scopesUnknown,
  scopeText,
} from "../policy/scopes.ts";
import type { ResourceId } from "../resources/resource-id.ts";
import type { ResourceType } from "../resources/resource-type.ts";
import { type Service, service, storage } from "../service/service.ts";
import { startRecheck } from "../sweep/sweep.ts";
import { answering, configurationAnswer, errorAnswer, type HttpAnswer } from "./http-answer.ts";
import { detailsOf, jsonBody } from "./json-body.ts";
import { resourceTarget } from "./resource-target.ts";

const resourceGroupName = z.string().regex(/^[\p{L}\p{N}_().-]{1,90}$/u, "must be the name of a resource group");

const managementGroupId = z.string().regex(/^[\w().-]{1,90}$/, "must be the id of a management group");

/** The body of `POST /api/recheck`: one resource, or all of a subscription, a resource group, or a management group of `SCOPES`. */
export const recheckSchema = z.union([
  z.strictObject({ resourceId: z.string().max(2048), dryRun: z.boolean().default(false) }),
  z.strictObject({
    subscriptionId: z.guid(),
    resourceGroup: resourceGroupName.optional(),
    dryRun: z.boolean().default(false),
  }),
  z.strictObject({ managementGroup: managementGroupId, dryRun: z.boolean().default(false) }),
]);

/**
 * Checks again, by hand: answers with each baseline's outcome for one resource, or with 202 and an operation to poll for many.
 * @param body the request's text.
 */
export function recheck(body: string, caller: Caller, logger: InvocationLogger): Promise<HttpAnswer> {
  return answering(logger, async () => {
    const configured = service();
    if (!configured.ok) return configurationAnswer(configured.problems);
    const asked = jsonBody(body, recheckSchema, explain);
    if (asked.kind === "invalid") return asked.answer;
    const request = asked.value;
    if ("resourceId" in request) {
      return await recheckOne(configured.service, request.resourceId, request.dryRun, caller, logger);
    }
    const how = { dryRun: request.dryRun, askedBy: callerName(caller) };
    return await recheckMany(configured.service, scopeAsked(request), how, logger);
  });
}

function scopeAsked(asked: Exclude<z.output<typeof recheckSchema>, { resourceId: string }>): ConfiguredScope {
  if ("managementGroup" in asked) return { managementGroup: asked.managementGroup };
  const { subscriptionId, resourceGroup } = asked;
  const lowered = { subscriptionId: subscriptionId.toLowerCase() };
  return resourceGroup === undefined ? lowered : { ...lowered, resourceGroup: resourceGroup.toLowerCase() };
}

/** How a re-check of many stands: `GET /api/recheck/{operationId}`. */
export function recheckOperation(operationId: string, logger: InvocationLogger): Promise<HttpAnswer> {
  return answering(logger, async () => {
    const configured = service();
    if (!configured.ok) return configurationAnswer(configured.problems);
    const operation = z.guid().safeParse(operationId).success
      ? await storage().operations.read(operationId)
      : undefined;
    if (!operation) return errorAnswer("operation-unknown", `There is no operation ${JSON.stringify(operationId)}.`);
    return { status: 200, jsonBody: operation };
  });
}

async function recheckOne(
  configured: Service,
  resourceId: string,
  dryRun: boolean,
  caller: Caller,
  logger: InvocationLogger,
): Promise<HttpAnswer> {
  const log = jsonLinesLog(logger);
  const target = await resourceTarget(configured, resourceId, log);
  if (target.kind === "refused") return target.answer;
  const { type, id } = target;

  const invocation = configured.world(log);
  const operationId = invocation.uuid();
  const { operations } = storage();
  await operations.begin({ operationId, scope: id.text, dryRun, listings: [] });
  await operations.found(operationId, id);
  const cause = { via: "recheck" as const, ...askedBy(caller), operationId };
  const answer = await reconcileOrPutOff(invocation, type, { id: id, cause, attempt: 0, dryRun });
  if (answer.kind === "settled") return { status: 200, jsonBody: settledBody(id, dryRun, answer.result) };
  return accepted(operationId);
}

/** A request comes once: what fails after a write is put on the queue, so that it is settled all the same. */
async function reconcileOrPutOff(world: World, type: ResourceType, look: Look): Promise<Answer> {
  try {
    return await reconcile(world, type, look);
  } catch (thrown) {
    const { cause, attempt, dryRun } = look;
    const message: ChangeMessage = { version: 1, resourceId: look.id.text, cause, attempt, dryRun };
    await world.changes.send(JSON.stringify(message), 0);
    throw thrown;
  }
}

async function recheckMany(
  { settings, scopes: kept, sweepWorld }: Service,
  scope: ConfiguredScope,
  { dryRun, askedBy }: { dryRun: boolean; askedBy: string },
  logger: InvocationLogger,
): Promise<HttpAnswer> {
  const text = scopeText(scope);
  const log = jsonLinesLog(logger);
  const scopes = scopesWithin(scope, settings.scopes, await kept.current(log));
  if (scopes.length === 0) {
    return errorAnswer("out-of-scope", `${text} lies outside the configured scopes (setting SCOPES).`);
  }
  const world = sweepWorld(log);
  const operationId = world.uuid();
  await startRecheck(world, { operationId, asked: text, scopes, dryRun, askedBy });
  return accepted(operationId);
}

/**
 * What is asked for, as far as it is in scope: of a subscription perhaps only some groups, and a management group only where it is
 * configured itself. Nothing outside is read, nor listed. Throws `scopes-unknown`.
 */
function scopesWithin(
  asked: ConfiguredScope,
  configured: readonly ConfiguredScope[],
  current: CurrentScopes,
): ConfiguredScope[] {
  if (isManagementGroup(asked)) {
    const named = scopeText(asked).toLowerCase();
    return configured.filter((scope) => scopeText(scope).toLowerCase() === named);
  }
  const { subscriptionId, resourceGroup } = asked;
  if (resourceGroup !== undefined) {
    return isInScope({ subscriptionId, resourceGroup }, current) ? [{ subscriptionId, resourceGroup }] : [];
  }
  const within = current.scopes.filter((scope) => scope.subscriptionId === subscriptionId);
  if (within.length === 0 && current.unsure.length > 0) throw scopesUnknown(current);
  return within.some((scope) => scope.resourceGroup === undefined) ? [{ subscriptionId }] : within;
}

function settledBody(id: ResourceId, dryRun: boolean, result: LookResult): unknown {
  const { outcome, remediationId, results } = result;
  return { resourceId: id.text, dryRun, outcome, ...(remediationId === undefined ? {} : { remediationId }), results };
}

function accepted(operationId: string): HttpAnswer {
  const location = `/api/recheck/${operationId}`;
  return { status: 202, headers: { Location: location }, jsonBody: { operationId, location } };
}

/** Of the two shapes the one is explained that the body comes closer to. */
function explain(error: z.ZodError, json: unknown): ErrorDetail[] {
  const [issue] = error.issues;
  const branches = issue?.code === "invalid_union" ? issue.errors : [];
  const isOne = typeof json === "object" && json !== null && "resourceId" in json;
  return detailsOf(branches[isOne ? 0 : 1] ?? error.issues);
}
