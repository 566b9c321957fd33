import * as z from "zod";
import { askedBy, type Caller } from "../access/caller.ts";
import { changerBehind } from "../engine/changers.ts";
import { reconcile } from "../engine/reconcile.ts";
import type { LookResult, Undo } from "../engine/world.ts";
import { isJsonObject, type Json, type JsonObject, valueAt } from "../json.ts";
import { type InvocationLogger, jsonLinesLog } from "../log.ts";
import type { Settings } from "../policy/settings.ts";
import { service, storage } from "../service/service.ts";
import { answering, configurationAnswer, errorAnswer, type HttpAnswer } from "./http-answer.ts";
import { jsonBody } from "./json-body.ts";
import { personText } from "./person-text.ts";
import { remediationTarget } from "./remediation-target.ts";

/** The body of `POST /api/remediations/{id}/undo`. */
export const undoSchema = z.strictObject({ reason: personText(200) });

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
const causedSchema = z.object({
  causes: z.array(z.object({ changedBy: z.string().optional() })),
  changers: z.array(z.string()).default([]),
});
const outcomeSchema = z.object({ kind: z.literal("intent-outcome"), intentId: z.string(), outcome: z.string() });

/**
 * Puts back exactly what a remediation changed, from its journal entries, and leaves its baselines alone on the resource for a while.
 * Answers with how each baseline stands then; 409 where somebody changed it since.
 */
export function undoRemediation(
  id: string,
  body: string,
  caller: Caller,
  logger: InvocationLogger,
): Promise<HttpAnswer> {
  return answering(logger, async () => {
    const configured = service();
    if (!configured.ok) return configurationAnswer(configured.problems);
    const { settings, world } = configured.service;
    const asked = jsonBody(body, undoSchema);
    if (asked.kind === "invalid") return asked.answer;
    const { reason } = asked.value;
    const target = await remediationTarget(configured.service, id, jsonLinesLog(logger));
    if (target.kind === "refused") return target.answer;
    const { summary } = target;
    const entries = await Promise.all(summary.entries.map((entry) => storage().journal.read(entry)));
    const changes = changesIn(entries);
    if (changes.length === 0) return errorAnswer("undo-not-possible", `Remediation ${id} holds no proven fix.`);
    const refused = refusalOf(caller, settings, { changes, changers: changersIn(entries) });
    if (refused) return refused;
    const answer = await reconcile(world(jsonLinesLog(logger)), target.type, {
      id: target.id,
      cause: { via: "undo", ...askedBy(caller), undoes: id, reason },
      attempt: 0,
      dryRun: false,
      undo: { remediationId: id, changes, reason, endedAt: summary.updatedAt },
    });
    if (answer.kind !== "settled") return errorAnswer("resource-busy", `Another worker works on ${target.id.text}.`);
    return answerOf(summary.resourceId, answer.result, changes);
  });
}

/** An undo weakens security: not by who made the change that was fixed, and of data at rest only where a setting says so. */
function refusalOf(
  { objectId }: Caller,
  { deployerTeams, undoEncryptionAtRest, baselines }: Settings,
  { changes, changers }: { changes: Undo["changes"]; changers: string[] },
): HttpAnswer | undefined {
  const changer = changerBehind(changers, objectId, deployerTeams);
  if (changer !== undefined) {
    return errorAnswer(
      "approval-by-changer",
      `${changer} made the change that was fixed: somebody else has to undo that.`,
    );
  }
  const undone = new Set(changes.flatMap((change) => change.baselines));
  const atRest = baselines.find(({ baseline }) => baseline.encryptsAtRest && undone.has(baseline.id));
  if (!atRest || undoEncryptionAtRest) return undefined;
  const how = "The setting UNDO_ENCRYPTION_AT_REST is not true.";
  return errorAnswer("undo-needs-setting", `Undoing ${atRest.baseline.id} writes data in the clear again. ${how}`);
}

/** Who made the changes that led to a remediation, as far as events told. */
function changersIn(entries: readonly Json[]): string[] {
  const changers = entries.flatMap((entry) => {
    const { causes = [], changers: others = [] } = causedSchema.safeParse(entry).data ?? {};
    return [...causes.flatMap(({ changedBy }) => changedBy ?? []), ...others];
  });
  return [...new Set(changers)];
}

/** The proven fixes of a remediation, the last one first: what came to be in an order is put back against it. */
function changesIn(entries: readonly Json[]): Undo["changes"] {
  const proven = new Set(
    entries.flatMap((entry) => {
      const parsed = outcomeSchema.safeParse(entry);
      return parsed.success && parsed.data.outcome === "remediated" ? [parsed.data.intentId] : [];
    }),
  );
  const intents = entries.flatMap((entry) => {
    const parsed = intentSchema.safeParse(entry);
    return parsed.success && proven.has(parsed.data.intentId) ? [parsed.data] : [];
  });
  return intents.reverse().map(({ baselines, change, undo }) => ({ baselines, left: change, putBack: undo }));
}

function answerOf(resourceId: string, result: LookResult, changes: Undo["changes"]): HttpAnswer {
  const { outcome, remediationId, results } = result;
  const conflict = results.find(({ code }) => code === "undo-changed-since");
  if (conflict) {
    const read = conflict.readAfterwards ?? [];
    const details = read.map(({ path, value }) => ({
      target: `${resourceId} ${path}`,
      message: `It was left as ${JSON.stringify(leftAs(changes, path))}, and reads ${JSON.stringify(value)} now.`,
    }));
    return errorAnswer("undo-changed-since", conflict.reason, details);
  }
  const told = { resourceId, outcome, ...(remediationId === undefined ? {} : { remediationId }), results };
  return { status: 200, jsonBody: told };
}

function leftAs(changes: Undo["changes"], path: string): Json {
  const slash = path.indexOf("/");
  const part = slash < 0 ? "" : path.slice(0, slash);
  const change = changes.find(({ left }) => left.part === part);
  return valueAt(change?.left.patch, path.slice(slash + 1)) ?? null;
}
