import * as z from "zod";
import { askedBy, type Caller } from "../access/caller.ts";
import { baselines } from "../baselines/index.ts";
import { reconcile } from "../engine/reconcile.ts";
import { type InvocationLogger, jsonLinesLog } from "../log.ts";
import { isInScope } from "../policy/scopes.ts";
import { findResourceType } from "../resources/index.ts";
import { parseResourceId } from "../resources/resource-id.ts";
import { service } from "../service/service.ts";
import { answering, configurationAnswer, errorAnswer, type HttpAnswer } from "./http-answer.ts";
import { jsonBody } from "./json-body.ts";
import { personText } from "./person-text.ts";

/** The body of `POST /api/close-breaker`. */
export const closeSchema = z.strictObject({
  resourceId: z.string().max(2048),
  baseline: z.enum(baselines.map(({ id }) => id)),
  reason: personText(200),
});

/**
 * Closes the breaker of one baseline on one resource, and judges the resource: what falls short is fixed again, and counted anew.
 * Answers with how each baseline stands then; 409 where the breaker is not open.
 */
export function closeBreaker(body: string, caller: Caller, logger: InvocationLogger): Promise<HttpAnswer> {
  return answering(logger, async () => {
    const configured = service();
    if (!configured.ok) return configurationAnswer(configured.problems);
    const { scopes, resourceTypes, world } = configured.service;
    const log = jsonLinesLog(logger);
    const asked = jsonBody(body, closeSchema);
    if (asked.kind === "invalid") return asked.answer;
    const { resourceId, baseline, reason } = asked.value;
    const parsed = parseResourceId(resourceId);
    if (!parsed.ok) return errorAnswer("resource-id-invalid", `resourceId is no resource id: ${parsed.reason}.`);
    const { id } = parsed;
    const type = findResourceType(resourceTypes, id.type);
    if (!type) return errorAnswer("resource-type-unknown", `No baseline concerns ${id.type}.`);
    if (!isInScope(id, await scopes.current(log))) {
      return errorAnswer("out-of-scope", `${id.text} lies outside the configured scopes (setting SCOPES).`);
    }

    const invocation = world(log);
    const { state } = await invocation.states.read(id);
    if (state.contested[baseline] === undefined) {
      return errorAnswer("breaker-not-open", `The breaker of ${baseline} is not open on ${id.text}.`);
    }
    const answer = await reconcile(invocation, type, {
      id,
      cause: { via: "close-breaker", ...askedBy(caller), reason },
      attempt: 0,
      dryRun: false,
      closesBreakerOf: baseline,
    });
    if (answer.kind !== "settled") return errorAnswer("resource-busy", `Another worker works on ${id.text}.`);
    const { outcome, remediationId, results } = answer.result;
    const remediation = remediationId === undefined ? {} : { remediationId };
    return { status: 200, jsonBody: { resourceId: id.text, outcome, ...remediation, results } };
  });
}
