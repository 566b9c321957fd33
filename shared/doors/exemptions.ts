import * as z from "zod";
import { askedBy, type Caller, callerName } from "../access/caller.ts";
import { baselines } from "../baselines/index.ts";
import { changerAwaitedUntil, changerBehind } from "../engine/changers.ts";
import type { ChangeMessage } from "../events/cause.ts";
import type { ExemptionEntry } from "../journal/journal.ts";
import { remediationIdAt } from "../journal/remediations.ts";
import { type InvocationLogger, jsonLinesLog } from "../log.ts";
import { type CurrentScopes, isInScope, parseScope, scopesUnknown } from "../policy/scopes.ts";
import type { Settings } from "../policy/settings.ts";
import { parseResourceId, type ResourceId } from "../resources/resource-id.ts";
import { service, storage } from "../service/service.ts";
import type { KeptExemption, StoredExemption } from "../state/stores.ts";
import { exemptionIdPattern } from "../state/table-exemptions.ts";
import { answering, configurationAnswer, errorAnswer, type HttpAnswer } from "./http-answer.ts";
import { detailsOf, jsonBody } from "./json-body.ts";
import { personText } from "./person-text.ts";

const dayMilliseconds = 86_400_000;
const baselineIds = baselines.map(({ id }) => id);
const defaultPage = 50;
const largestPage = 200;

/** The body of `POST /api/exemptions`. */
export const grantSchema = z.strictObject({
  scope: z.string().max(2048),
  baseline: z.string().refine((text) => text === "all" || baselineIds.includes(text), {
    error: `must be all, or one of ${baselineIds.join(", ")}`,
  }),
  owner: personText(200),
  reason: personText(500),
  until: z.iso.datetime({ offset: true, error: "must be an ISO 8601 date-time, e.g. 2026-12-24T10:00:00Z" }),
  tagValue: z
    .string()
    .regex(/^[0-9a-f]{64}$/i, "must be the hash that `exemptionAsked` shows: 64 hexadecimal digits")
    .toLowerCase()
    .optional(),
});
type AskedExemption = z.infer<typeof grantSchema>;

/** The query of `GET /api/exemptions`. */
export const exemptionsQuerySchema = z.strictObject({
  top: z.coerce.number().int().min(1).max(largestPage).default(defaultPage),
  continuation: z.string().regex(exemptionIdPattern, "must be the continuation of the page before").optional(),
});

/**
 * Exempts a scope from a baseline, or from all, until a time. A resource that is named itself is looked at again in a moment.
 * `POST /api/exemptions`
 */
export function grantExemption(body: string, caller: Caller, logger: InvocationLogger): Promise<HttpAnswer> {
  return answering(logger, async () => {
    const configured = service();
    if (!configured.ok) return configurationAnswer(configured.problems);
    const { settings, scopes } = configured.service;
    const asked = jsonBody(body, grantSchema);
    if (asked.kind === "invalid") return asked.answer;
    const now = new Date();
    const current = await scopes.current(jsonLinesLog(logger));
    const refused =
      refusalOf(asked.value, { settings, current }, now) ?? (await refusedToChanger(asked.value, caller, settings));
    if (refused) return refused;

    const { scope, baseline, owner, reason, until, tagValue } = asked.value;
    const exemption: StoredExemption = {
      id: remediationIdAt(now, crypto.randomUUID()),
      scope,
      baseline,
      owner,
      reason,
      until: new Date(until).toISOString(),
      grantedAt: now.toISOString(),
      grantedBy: callerName(caller),
      ...(tagValue === undefined ? {} : { tagValue }),
    };
    await journal("granted", exemption, caller, now);
    await storage().exemptions.add(exemption);
    await lookAgain(scope, caller);
    return { status: 201, jsonBody: exemption };
  });
}

/** Ends an exemption early; a resource that it names itself is looked at again in a moment. `DELETE /api/exemptions/{id}` */
export function endExemption(id: string, caller: Caller, logger: InvocationLogger): Promise<HttpAnswer> {
  return answering(logger, async () => {
    const configured = service();
    if (!configured.ok) return configurationAnswer(configured.problems);
    const { exemptions } = storage();
    const now = new Date();
    const kept = await exemptions.find(id);
    if (kept?.kind !== "readable") {
      return errorAnswer("exemption-unknown", `There is no exemption ${JSON.stringify(id)} that can be read.`);
    }
    if (!isActive(kept.exemption, now)) return errorAnswer("exemption-over", `Exemption ${id} ended already.`);
    await journal("ended", kept.exemption, caller, now);
    const endedBy = callerName(caller);
    const ended = await exemptions.change(id, (known) =>
      isActive(known, now) ? { ...known, endedAt: now.toISOString(), endedBy } : undefined,
    );
    await lookAgain(kept.exemption.scope, caller);
    return { status: 200, jsonBody: ended ?? kept.exemption };
  });
}

/** Lists exemptions, newest first, in pages; those that can't be read, too, with what is wrong with them. `GET /api/exemptions` */
export function listExemptions(query: URLSearchParams, logger: InvocationLogger): Promise<HttpAnswer> {
  return answering(logger, async () => {
    const configured = service();
    if (!configured.ok) return configurationAnswer(configured.problems);
    const parsed = exemptionsQuerySchema.safeParse(Object.fromEntries([...query].filter(([name]) => name !== "code")));
    if (!parsed.success) {
      return errorAnswer("query-invalid", "A query parameter is wrong.", detailsOf(parsed.error.issues));
    }
    const { top, continuation } = parsed.data;
    const { kept, more } = await storage().exemptions.list(top, continuation);
    const now = new Date();
    const next = more ? { continuation: kept.at(-1)?.id } : {};
    return { status: 200, jsonBody: { exemptions: kept.map((each) => shown(each, now)), ...next } };
  });
}

function shown(kept: KeptExemption, now: Date): object {
  if (kept.kind === "readable") return { ...kept.exemption, active: isActive(kept.exemption, now) };
  const { id, scope, problem } = kept;
  return { id, scope, active: false, problem };
}

function isActive({ until, endedAt }: StoredExemption, now: Date): boolean {
  return endedAt === undefined && Date.parse(until) > now.getTime();
}

function refusalOf(
  asked: AskedExemption,
  { settings, current }: { settings: Settings; current: CurrentScopes },
  now: Date,
): HttpAnswer | undefined {
  const resource = resourceOf(asked.scope);
  const scope = resource ?? parseScope(asked.scope);
  const details = [];
  if (!scope) {
    const message = "must be a subscription, a resource group or a resource, by its ARM id";
    details.push({ target: "scope", message });
  }
  const days = (Date.parse(asked.until) - now.getTime()) / dayMilliseconds;
  if (days <= 0) details.push({ target: "until", message: "must lie in the future" });
  if (days > settings.exemptionMostDays) {
    const message = `must be at most ${settings.exemptionMostDays} days from now (setting EXEMPTION_MOST_DAYS)`;
    details.push({ target: "until", message });
  }
  if (asked.tagValue !== undefined && !resource) {
    details.push({ target: "tagValue", message: "goes with the id of one resource as scope" });
  }
  if (asked.tagValue !== undefined && settings.exemptionTag === "") {
    details.push({ target: "tagValue", message: "means nothing while the setting EXEMPTION_TAG is empty" });
  }
  if (!scope || details.length > 0) return errorAnswer("body-invalid", "The body breaks its schema.", details);
  const { subscriptionId, resourceGroup } = scope;
  if (resourceGroup === undefined) {
    if (current.scopes.some((each) => each.subscriptionId === subscriptionId.toLowerCase())) return undefined;
    if (current.unsure.length > 0) throw scopesUnknown(current);
  } else if (isInScope({ subscriptionId, resourceGroup }, current)) {
    return undefined;
  }
  return errorAnswer("out-of-scope", `${asked.scope} lies outside the configured scopes (setting SCOPES).`);
}

/**
 * Who changed a resource against a baseline does not exempt it, nor anything that it is in: that would be an approval of their own change. Nor does anybody while that
 * may yet turn out.
 */
async function refusedToChanger(
  { scope, baseline }: AskedExemption,
  { objectId }: Caller,
  { deployerTeams }: Settings,
): Promise<HttpAnswer | undefined> {
  if (objectId === undefined) return undefined;
  for await (const { resourceId, state } of storage().statesBelow(scope)) {
    const concerned = Object.entries(state.outcomes).filter(([id]) => baseline === "all" || id === baseline);
    const since = concerned.flatMap(([, outcome]) => outcome.since ?? []).sort()[0];
    if (since === undefined) continue;
    const changers = state.changers.filter(({ at }) => at >= since).map(({ by }) => by);
    const changer = changerBehind(changers, objectId, deployerTeams);
    if (changer !== undefined)
      return errorAnswer("approval-by-changer", `${changer} changed ${resourceId}, so somebody else has to exempt it.`);
    const until = changerAwaitedUntil(changers, since, new Date());
    if (until === undefined) continue;
    const when = until.toISOString();
    return errorAnswer("changer-unknown", `It is not known yet who changed ${resourceId}: exempt it after ${when}.`);
  }
  return undefined;
}

function resourceOf(scope: string): ResourceId | undefined {
  const parsed = parseResourceId(scope);
  return parsed.ok ? parsed.id : undefined;
}

async function journal(
  event: ExemptionEntry["event"],
  { id, scope, baseline, owner, reason, until, tagValue }: StoredExemption,
  caller: Caller,
  now: Date,
): Promise<void> {
  const entry: ExemptionEntry = {
    version: 1,
    id: crypto.randomUUID(),
    at: now.toISOString(),
    resourceId: scope,
    kind: "exemption",
    event,
    exemptionId: id,
    baseline,
    owner,
    reason,
    until,
    ...(tagValue === undefined ? {} : { tagValue }),
    by: callerName(caller),
    askedAs: askedBy(caller).askedAs,
  };
  await storage().journal.append(scope, [entry]);
}

/** Other instances have a copy of all exemptions that is up to five seconds old. */
const secondsUntilKnown = 6;

/** Of a wider scope the next sweep finds what changed. */
async function lookAgain(scope: string, caller: Caller): Promise<void> {
  const resource = resourceOf(scope);
  if (!resource) return;
  const cause = { via: "recheck", ...askedBy(caller) } as const;
  const message: ChangeMessage = { version: 1, resourceId: resource.text, cause, attempt: 0, dryRun: false };
  await storage().changes.send(JSON.stringify(message), secondsUntilKnown);
}
