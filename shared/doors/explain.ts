import * as z from "zod";
import { type Caller, callerName } from "../access/caller.ts";
import { explain } from "../engine/explain.ts";
import { reconcile } from "../engine/reconcile.ts";
import type { World } from "../engine/world.ts";
import { type InvocationLogger, jsonLinesLog } from "../log.ts";
import { service } from "../service/service.ts";
import { answering, configurationAnswer, errorAnswer, type HttpAnswer } from "./http-answer.ts";
import { detailsOf } from "./json-body.ts";
import { resourceTarget } from "./resource-target.ts";

/** The query of `GET /api/explain`. */
export const explainQuerySchema = z.strictObject({ resourceId: z.string("must be given").max(2048) });

/**
 * Says which rule, exemption, guard, window, cap, breaker or switch decides about a resource, and what would happen now. It reads the
 * resource, and writes nothing but an entry of the journal. `GET /api/explain?resourceId=`
 */
export function explainResource(query: URLSearchParams, caller: Caller, logger: InvocationLogger): Promise<HttpAnswer> {
  return answering(logger, async () => {
    const configured = service();
    if (!configured.ok) return configurationAnswer(configured.problems);
    const { world } = configured.service;
    const log = jsonLinesLog(logger);
    const given = explainQuerySchema.safeParse(Object.fromEntries([...query].filter(([name]) => name !== "code")));
    if (!given.success) {
      return errorAnswer("query-invalid", "A query parameter is wrong.", detailsOf(given.error.issues));
    }
    const target = await resourceTarget(configured.service, given.data.resourceId, log);
    if (target.kind === "refused") return target.answer;
    const { type, id } = target;

    const invocation = world(log);
    const cause = { via: "recheck" as const, askedBy: callerName(caller) };
    const answer = await reconcile(invocation, type, { id, cause, attempt: 0, dryRun: true });
    if (answer.kind !== "settled") return errorAnswer("resource-busy", `Another worker works on ${id.text}.`);
    const { state } = await invocation.states.read(id);
    const explanation = explain({ look: answer.result, now: invocation.now(), ...(await limitsOf(invocation, id)) });
    const { remediation } = state;
    return {
      status: 200,
      jsonBody: {
        resourceId: id.text,
        outcome: answer.result.outcome,
        ...explanation,
        ...(remediation && { underWay: { remediationId: remediation.id, nextLookAt: remediation.nextLookAt } }),
      },
    };
  });
}

/** What may stop a write whatever the policy says. */
async function limitsOf({ settings, control, budget }: World, { subscriptionId }: { subscriptionId: string }) {
  const caps = { perSubscription: settings.writesPerHour, inTotal: settings.writesPerHourInTotal };
  const [isSwitched, capReached] = await Promise.all([control.writesStopped(), budget.reached(subscriptionId, caps)]);
  const stoppedBy = settings.writesStopped ? ("setting" as const) : isSwitched ? ("switch" as const) : undefined;
  return { stoppedBy, capReached, caps };
}
