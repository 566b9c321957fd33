import * as z from "zod";
import { reconcile } from "../engine/reconcile.ts";
import type { LookResult, Undo } from "../engine/world.ts";
import type { RemediationSummary } from "../journal/remediations.ts";
import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import { type InvocationLogger, jsonLinesLog } from "../log.ts";
import { isInScope } from "../policy/scopes.ts";
import { findResourceType } from "../resources/index.ts";
import { parseResourceId } from "../resources/resource-id.ts";
import { service, storage } from "../service/service.ts";
import { type CallerHeaders, callerOf } from "./caller.ts";
import { answering, configurationAnswer, errorAnswer, type HttpAnswer } from "./http-answer.ts";
import { jsonBody } from "./json-body.ts";

/** The body of `POST /api/remediations/{id}/undo`. */
const undoSchema = z.strictObject({ reason: z.string().trim().min(1).max(200) });

const changeSchema = z.object({
  part: z.string(),
  patch: z.custom<JsonObject>((value) => isJsonObject(value)),
});
const intentSchema = z.object({
  kind: z.literal("intent"),
  intentId: z.string(),
  baselines: z.array(z.string()),
  change: changeSchema,
  undo: changeSchema,
});
const outcomeSchema = z.object({ kind: z.literal("intent-outcome"), intentId: z.string(), outcome: z.string() });

/**
 * Puts back exactly what a remediation changed, from its journal entries, and leaves its baselines alone on the resource for a while.
 * Answers with how each baseline stands then; 409 where somebody changed it since.
 * @param headers of the request: they tell who asks.
 */
export function undoRemediation(
  id: string,
  body: string,
  headers: CallerHeaders,
  logger: InvocationLogger,
): Promise<HttpAnswer> {
  return answering(logger, async () => {
    const configured = service();
    if (!configured.ok) return configurationAnswer(configured.problems);
    const { settings, resourceTypes, world } = configured.service;
    if (!settings.undoWithKey) {
      return errorAnswer("approval-needs-sign-in", "A function key alone may not undo (setting UNDO_WITH_KEY).");
    }
    const asked = jsonBody(body, undoSchema);
    if (asked.kind === "invalid") return asked.answer;
    const { reason } = asked.value;
    const summary = await storage().remediations.find(id);
    if (!summary) return errorAnswer("remediation-unknown", `There is no remediation ${JSON.stringify(id)}.`);
    const resource = parseResourceId(summary.resourceId);
    const type = resource.ok ? findResourceType(resourceTypes, resource.id.type) : undefined;
    if (!resource.ok || !type) {
      return errorAnswer("resource-type-unknown", `No baseline concerns ${summary.resourceId} any more.`);
    }
    if (!isInScope(resource.id, settings.scopes)) {
      return errorAnswer("out-of-scope", `${resource.id.text} lies outside the configured scopes (setting SCOPES).`);
    }
    const changes = await changesOf(summary);
    if (changes.length === 0) return errorAnswer("undo-not-possible", `Remediation ${id} holds no proven fix.`);
    const answer = await reconcile(world(jsonLinesLog(logger)), type, {
      id: resource.id,
      cause: { via: "undo", askedBy: callerOf(headers), undoes: id, reason },
      attempt: 0,
      dryRun: false,
      undo: { remediationId: id, changes, reason },
    });
    if (answer.kind !== "settled") return errorAnswer("resource-busy", `Another worker works on ${resource.id.text}.`);
    return answerOf(summary.resourceId, answer.result, changes);
  });
}

/** The proven fixes of a remediation, the last one first: what came to be in an order is put back against it. */
async function changesOf({ entries }: RemediationSummary): Promise<Undo["changes"]> {
  const read: Json[] = await Promise.all(entries.map((entry) => storage().journal.read(entry)));
  const proven = new Set(
    read.flatMap((entry) => {
      const parsed = outcomeSchema.safeParse(entry);
      return parsed.success && parsed.data.outcome === "remediated" ? [parsed.data.intentId] : [];
    }),
  );
  const intents = read.flatMap((entry) => {
    const parsed = intentSchema.safeParse(entry);
    return parsed.success && proven.has(parsed.data.intentId) ? [parsed.data] : [];
  });
  return intents.reverse().map(({ baselines, change, undo }) => ({ baselines, left: change, putBack: undo }));
}

function answerOf(resourceId: string, result: LookResult, changes: Undo["changes"]): HttpAnswer {
  const { outcome, remediationId, results } = result;
  const conflict = results.find(({ code }) => code === "undo-changed-since");
  if (conflict) {
    const details = changes.map(({ left }) => ({
      target: left.part === "" ? resourceId : `${resourceId}/${left.part}`,
      message: `The remediation left ${JSON.stringify(left.patch)}; it reads otherwise now.`,
    }));
    return errorAnswer("undo-changed-since", conflict.reason, details);
  }
  const told = { resourceId, outcome, ...(remediationId === undefined ? {} : { remediationId }), results };
  return { status: 200, jsonBody: told };
}
