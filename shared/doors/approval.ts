import * as z from "zod";
import { askedBy, type Caller, callerName } from "../access/caller.ts";
import { reconcile } from "../engine/reconcile.ts";
import type { RulingAnswer } from "../engine/rule.ts";
import type { AskedRuling, LookResult } from "../engine/world.ts";
import { type InvocationLogger, jsonLinesLog } from "../log.ts";
import { service } from "../service/service.ts";
import { answering, configurationAnswer, errorAnswer, type HttpAnswer } from "./http-answer.ts";
import { jsonBody } from "./json-body.ts";
import { personText } from "./person-text.ts";
import { remediationTarget } from "./remediation-target.ts";

/** The body of `POST /api/remediations/{id}/approve` and `/reject`. */
export const rulingSchema = z.strictObject({
  reason: personText(200),
  proposal: z
    .string()
    .regex(/^[0-9a-f]{64}$/i, "must be the hash of a proposal: 64 hexadecimal digits")
    .toLowerCase(),
});

/**
 * Approves a proposed fix: the resource is judged at once, and where it still comes to the same proposal, the fix is made. Answers with how
 * each baseline stands then; 409 where another fix is proposed now. `POST /api/remediations/{id}/approve`
 */
export function approveRemediation(
  id: string,
  body: string,
  caller: Caller,
  logger: InvocationLogger,
): Promise<HttpAnswer> {
  return answering(logger, () => rule(id, body, caller, { kind: "approved", logger }));
}

/** Rejects a proposed fix: the resource is left alone for a while, or until another fix is proposed. `POST /api/remediations/{id}/reject` */
export function rejectRemediation(
  id: string,
  body: string,
  caller: Caller,
  logger: InvocationLogger,
): Promise<HttpAnswer> {
  return answering(logger, () => rule(id, body, caller, { kind: "rejected", logger }));
}

async function rule(
  remediationId: string,
  body: string,
  caller: Caller,
  { kind, logger }: { kind: AskedRuling["kind"]; logger: InvocationLogger },
): Promise<HttpAnswer> {
  const configured = service();
  if (!configured.ok) return configurationAnswer(configured.problems);
  const { world } = configured.service;
  const log = jsonLinesLog(logger);
  const asked = jsonBody(body, rulingSchema);
  if (asked.kind === "invalid") return asked.answer;
  const target = await remediationTarget(configured.service, remediationId, log);
  if (target.kind === "refused") return target.answer;

  const { reason, proposal } = asked.value;
  const name = callerName(caller);
  const by = caller.objectId === undefined ? { name } : { name, objectId: caller.objectId };
  const answer = await reconcile(world(log), target.type, {
    id: target.id,
    cause: { via: "approval", ...askedBy(caller), reason },
    attempt: 0,
    dryRun: false,
    ruling: { kind, proposal, by, reason },
  });
  if (answer.kind !== "settled") return errorAnswer("resource-busy", `Another worker works on ${target.id.text}.`);
  return answerOf(target.summary.resourceId, answer.result);
}

function answerOf(resourceId: string, result: LookResult): HttpAnswer {
  const { outcome, remediationId, results, ruling } = result;
  if (ruling?.kind === "taken") {
    const told = { resourceId, outcome, ...(remediationId === undefined ? {} : { remediationId }), results };
    return { status: 200, jsonBody: told };
  }
  return ruling === undefined ? notJudged(resourceId, result) : notTaken(resourceId, ruling);
}

function notJudged(resourceId: string, { results: [first] }: LookResult): HttpAnswer {
  const why = first?.reason ?? "It is not known why.";
  return errorAnswer("resource-not-judged", `${resourceId} can't be judged just now, so nothing was decided: ${why}`);
}

function notTaken(resourceId: string, ruling: Exclude<RulingAnswer, { kind: "taken" }>): HttpAnswer {
  if (ruling.kind === "by-changer") {
    const who = `${ruling.changer} changed ${resourceId}, so somebody else has to decide about ${ruling.baseline}.`;
    return errorAnswer("approval-by-changer", who);
  }
  if (ruling.kind === "changer-unknown") {
    const who = `It is not known yet who changed ${resourceId}, so nobody decides about ${ruling.baseline} before ${ruling.until}.`;
    return errorAnswer("changer-unknown", who);
  }
  const details = ruling.proposed.map(({ baseline, hash }) => ({ target: baseline, message: hash }));
  const now = details.length === 0 ? "Nothing is proposed now." : "See `details` for what is proposed now.";
  return errorAnswer("proposal-changed", `This is not what is proposed for ${resourceId}. ${now}`, details);
}
