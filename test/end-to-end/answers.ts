import { z } from "zod";
import { baselinesOf } from "../../shared/baselines/index.ts";

/** What the service answers and keeps, as far as tests read it. */

const json = z.json();
const change = z.object({ part: z.string(), patch: z.record(z.string(), json) });
const propertyValue = z.object({ path: z.string(), value: json });
const azure = z.object({ status: z.number(), code: z.string(), message: z.string() });

const cause = z.strictObject({
  via: z.string(),
  eventId: z.string().optional(),
  operation: z.string().optional(),
  changedBy: z.string().optional(),
  changedAt: z.string().optional(),
  correlationId: z.string().optional(),
  askedBy: z.string().optional(),
  askedAs: z.string().optional(),
  ledBy: z.string().optional(),
  undoes: z.string().optional(),
  reason: z.string().optional(),
  operationId: z.string().optional(),
  follows: z.string().optional(),
});

const result = z.object({
  baseline: z.string(),
  outcome: z.string(),
  reason: z.string(),
  rule: z.string().optional(),
  findings: z.array(z.object({ path: z.string(), expected: z.string(), actual: json, remedy: z.string() })),
  changes: z.array(change),
  mayBreak: z.string().optional(),
  guard: z.string().optional(),
  proposal: z.object({ hash: z.string(), proposedAt: z.string(), expiresAt: z.string() }).optional(),
  exemption: z.object({ owner: z.string(), reason: z.string(), until: z.string() }).optional(),
  exemptionAsked: z.object({ tag: z.string(), value: z.string() }).optional(),
  code: z.string().optional(),
  azure: azure.optional(),
  advice: z.string().optional(),
  readAfterwards: z.array(propertyValue).optional(),
});

const policy = z.object({ version: z.string().optional(), managementGroupsReadAt: z.string().optional() });

const entryBase = { version: z.literal(1), id: z.string(), at: z.string(), resourceId: z.string() };
const durations = z.record(z.string(), z.number());

const intentEntry = z.object({
  ...entryBase,
  kind: z.literal("intent"),
  remediationId: z.string(),
  intentId: z.string(),
  baselines: z.array(z.string()),
  target: z.string().optional(),
  change,
  before: z.array(propertyValue),
  after: z.array(propertyValue),
  correlationId: z.string(),
  causes: z.array(cause),
  policy: policy.optional(),
});

const intentOutcomeEntry = z.object({
  ...entryBase,
  kind: z.literal("intent-outcome"),
  remediationId: z.string(),
  intentId: z.string(),
  outcome: z.string(),
  reason: z.string(),
  code: z.string().optional(),
  azure: azure.optional(),
  readAfterwards: z.array(propertyValue).optional(),
  foreignDifferences: z.array(z.object({ path: z.string(), before: z.string(), after: z.string() })).optional(),
});

const remediationEntry = z.object({
  ...entryBase,
  kind: z.literal("remediation"),
  remediationId: z.string(),
  outcome: z.string(),
  results: z.array(result),
  causes: z.array(cause),
  attempt: z.number(),
  durations,
  policy: policy.optional(),
});

const checkEntry = z.object({
  ...entryBase,
  kind: z.literal("check"),
  outcome: z.string(),
  dryRun: z.boolean(),
  results: z.array(result),
  causes: z.array(cause),
  durations,
});

const countEntry = z.object({
  ...entryBase,
  kind: z.literal("count"),
  operation: z.string(),
  caller: z.string(),
  count: z.number(),
  since: z.string(),
  causes: z.array(cause),
});

const summaryEntry = z.object({
  ...entryBase,
  kind: z.literal("summary"),
  resources: z.number(),
  complete: z.boolean(),
  findings: z.array(z.object({ baseline: z.string(), mode: z.string(), resources: z.number(), unknown: z.number() })),
});

const approvalEntry = z.object({
  ...entryBase,
  kind: z.literal("approval"),
  remediationId: z.string(),
  baseline: z.string(),
  decision: z.string(),
  proposal: z.string(),
  changes: z.array(change),
  by: z.string(),
  reason: z.string(),
  until: z.string().optional(),
});

const exemptionEntry = z.object({
  ...entryBase,
  kind: z.literal("exemption"),
  event: z.string(),
  exemptionId: z.string(),
  baseline: z.string(),
  owner: z.string(),
  reason: z.string(),
  until: z.string(),
  by: z.string().optional(),
});
const breakerEntry = z.object({
  ...entryBase,
  kind: z.literal("breaker"),
  remediationId: z.string().optional(),
  baseline: z.string(),
  became: z.enum(["open", "closed"]),
  changedBy: z.array(z.string()),
  askedBy: z.string().optional(),
  askedAs: z.string().optional(),
  reason: z.string().optional(),
});

const missedEventEntry = z.object({
  ...entryBase,
  kind: z.literal("missed-event"),
  baselines: z.array(z.string()),
  seenAt: z.string(),
});

const foreignUseEntry = z.object({
  ...entryBase,
  kind: z.literal("foreign-use"),
  identity: z.string(),
  causes: z.array(cause),
});

const policyAcceptedEntry = z.object({
  ...entryBase,
  kind: z.literal("policy-accepted"),
  policy,
  source: z.string(),
  replaces: z.string().optional(),
});

const policyRefusedEntry = z.object({
  ...entryBase,
  kind: z.literal("policy-refused"),
  content: z.string(),
  source: z.string(),
  holds: z.string().optional(),
});

export const entrySchema = z.discriminatedUnion("kind", [
  intentEntry,
  intentOutcomeEntry,
  remediationEntry,
  checkEntry,
  countEntry,
  summaryEntry,
  approvalEntry,
  exemptionEntry,
  breakerEntry,
  missedEventEntry,
  foreignUseEntry,
  policyAcceptedEntry,
  policyRefusedEntry,
]);

/** One entry of the journal. */
export type Entry = z.infer<typeof entrySchema>;
/** One kind of journal entry. */
export type EntryOf<Kind extends Entry["kind"]> = Extract<Entry, { kind: Kind }>;
/** How one baseline stands. */
export type Result = z.infer<typeof result>;

const summary = {
  id: z.string(),
  resourceId: z.string(),
  alsoWritten: z.array(z.string()).optional(),
  outcome: z.string(),
  baselines: z.array(
    z.strictObject({
      baseline: z.string(),
      outcome: z.string(),
      why: z.string(),
      changed: z.array(z.strictObject({ path: z.string(), before: json, after: json })).optional(),
      asked: z
        .strictObject({
          proposal: z.string(),
          expiresAt: z.string(),
          changes: z.array(change),
          mayBreak: z.string().optional(),
        })
        .optional(),
    }),
  ),
  startedAt: z.string(),
  updatedAt: z.string(),
  via: z.string(),
  changedBy: z.string().optional(),
  askedBy: z.string().optional(),
  askedAs: z.string().optional(),
};

/** `GET /api/remediations` */
export const remediationsSchema = z.strictObject({
  remediations: z.array(z.strictObject(summary)),
  continuation: z.string().optional(),
});

/** `GET /api/remediations/{id}` */
export const remediationSchema = z.strictObject({ ...summary, journal: z.array(entrySchema) });

/** See {@link remediationSchema}. */
export type Remediation = z.infer<typeof remediationSchema>;

/** A remediation's entries of one kind, oldest first. */
export function entriesOf<Kind extends Entry["kind"]>(
  { journal }: Pick<Remediation, "journal">,
  kind: Kind,
): EntryOf<Kind>[] {
  return journal.filter((entry): entry is EntryOf<Kind> => entry.kind === kind);
}

/** How the remediation stood in the end. */
export function endOf(remediation: Remediation): EntryOf<"remediation"> {
  const entry = entriesOf(remediation, "remediation").at(-1);
  if (!entry) throw new Error(`Remediation ${remediation.id} has no entry of its end`);
  return entry;
}

/** How one baseline stood in the end. */
export function resultOf(remediation: Remediation, baseline: string): Result {
  const result = endOf(remediation).results.find((each) => each.baseline === baseline);
  if (!result) throw new Error(`Remediation ${remediation.id} says nothing of ${baseline}`);
  return result;
}

/** How every baseline of storage accounts stands, the strongest first: as named, and all others alike. */
export function accountOutcomes(named: { [baseline: string]: string }, others = "compliant"): string[] {
  return baselinesOf("Microsoft.Storage/storageAccounts").map(({ id }) => standing(id, named[id] ?? others));
}

/** To be held against {@link accountOutcomes}. */
export function standings(results: Pick<Result, "baseline" | "outcome">[]): string[] {
  return results.map(({ baseline, outcome }) => standing(baseline, outcome));
}

function standing(baseline: string, outcome: string): string {
  return `${baseline} ${outcome}`;
}

/** `POST /api/recheck` of one resource. */
export const recheckedSchema = z.strictObject({
  resourceId: z.string(),
  dryRun: z.boolean(),
  outcome: z.string(),
  remediationId: z.string().optional(),
  results: z.array(result),
});

/** `POST /api/recheck` of many. */
export const acceptedSchema = z.strictObject({ operationId: z.string(), location: z.string() });

/** `GET /api/recheck/{operationId}` */
export const operationSchema = z.strictObject({
  operationId: z.string(),
  status: z.string(),
  startedAt: z.string(),
  scope: z.string(),
  dryRun: z.boolean(),
  found: z.number(),
  judged: z.number(),
  outcomes: z.record(z.string(), z.number()),
  resources: z.array(z.object({ resourceId: z.string(), outcome: z.string() })),
});

/** Any refused request. */
export const errorSchema = z.strictObject({
  error: z.strictObject({
    code: z.string(),
    message: z.string(),
    details: z.array(z.strictObject({ target: z.string(), message: z.string() })),
  }),
});

const kept = z.object({ count: z.number(), reasons: z.array(z.string()) });

const formatSchema = z.object({ journal: z.number(), tables: z.number() });

/** `GET /api/health` */
export const healthSchema = z.object({
  status: z.string(),
  version: z.string(),
  format: z.object({ own: formatSchema, stored: formatSchema }),
  problems: z.array(z.object({ setting: z.string(), value: z.string(), allowed: z.string() })),
  scopes: z
    .array(
      z.union([
        z.object({ subscriptionId: z.string(), resourceGroup: z.string().optional() }),
        z.object({ managementGroup: z.string() }),
      ]),
    )
    .optional(),
  managementGroups: z
    .array(
      z.object({
        managementGroup: z.string(),
        subscriptions: z.number().optional(),
        readAt: z.string().optional(),
        problem: z.string().optional(),
      }),
    )
    .optional(),
  modes: z.record(z.string(), z.string()).optional(),
  writesStoppedBySetting: z.boolean().optional(),
  connections: z.object({ at: z.string(), notConnected: z.object({ subscriptions: z.array(z.string()) }) }).optional(),
  queues: z.record(z.string(), z.number()),
  poison: kept,
  poisonOfEvents: kept,
  poisonOfSweeps: kept,
  unreadable: kept,
  counters: z.record(z.string(), z.number()),
  writesStopped: z.boolean(),
});

/** One exemption, as `POST /api/exemptions` and the list give it. */
export const exemptionSchema = z.strictObject({
  id: z.string(),
  scope: z.string(),
  baseline: z.string(),
  owner: z.string(),
  reason: z.string(),
  until: z.string(),
  grantedAt: z.string(),
  grantedBy: z.string(),
  tagValue: z.string().optional(),
  endedAt: z.string().optional(),
  endedBy: z.string().optional(),
  toldAt: z.string().optional(),
  active: z.boolean().optional(),
});

/** `GET /api/exemptions` */
export const exemptionsSchema = z.strictObject({
  exemptions: z.array(exemptionSchema),
  continuation: z.string().optional(),
});
