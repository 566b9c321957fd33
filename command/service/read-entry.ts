import * as z from "zod";
import type { JsonObject } from "../../shared/json.ts";

const causeSchema = z.looseObject({
  via: z.string(),
  operation: z.string().optional(),
  changedBy: z.string().optional(),
  askedBy: z.string().optional(),
  askedAs: z.string().optional(),
  undoes: z.string().optional(),
  reason: z.string().optional(),
});
/** Why a look was made, as entries have it. */
export type ToldCause = z.infer<typeof causeSchema>;

const resultSchema = z.looseObject({
  proposal: z.looseObject({ hash: z.string(), expiresAt: z.string() }).optional(),
  baseline: z.string(),
  outcome: z.string(),
  reason: z.string(),
  /** Of the policy file, where one decided. */
  rule: z.string().optional(),
  findings: z.array(z.looseObject({ path: z.string(), expected: z.string(), actual: z.json() })),
  mayBreak: z.string().optional(),
  advice: z.string().optional(),
});
const valuesSchema = z.array(z.looseObject({ path: z.string(), value: z.json() }));

/** How one baseline of a look stands. */
export type ToldResult = z.infer<typeof resultSchema>;
/** Properties with their values. */
export type ToldValues = z.infer<typeof valuesSchema>;

const decidedBySchema = z.looseObject({
  version: z.string().optional(),
  managementGroupsReadAt: z.string().optional(),
});
/** Which version of the policy file decided. */
export type DecidedBy = z.infer<typeof decidedBySchema>;

const intentSchema = z.looseObject({
  kind: z.literal("intent"),
  remediationId: z.string(),
  baselines: z.array(z.string()),
  before: valuesSchema,
  after: valuesSchema,
  causes: z.array(causeSchema),
  policy: decidedBySchema.optional(),
});
const outcomeSchema = z.looseObject({
  kind: z.literal("intent-outcome"),
  outcome: z.string(),
  reason: z.string(),
  foreignDifferences: z.array(z.looseObject({ path: z.string(), before: z.string(), after: z.string() })).optional(),
});
const remediationSchema = z.looseObject({
  kind: z.literal("remediation"),
  remediationId: z.string(),
  outcome: z.string(),
  results: z.array(resultSchema),
  causes: z.array(causeSchema),
  policy: decidedBySchema.optional(),
});
const checkSchema = z.looseObject({
  kind: z.literal("check"),
  outcome: z.string(),
  dryRun: z.boolean(),
  results: z.array(resultSchema),
  causes: z.array(causeSchema),
  policy: decidedBySchema.optional(),
});
const countSchema = z.looseObject({
  kind: z.literal("count"),
  operation: z.string(),
  caller: z.string(),
  count: z.number(),
  since: z.string(),
});
const approvalSchema = z.looseObject({
  kind: z.literal("approval"),
  remediationId: z.string(),
  baseline: z.string(),
  decision: z.string(),
  proposal: z.string(),
  by: z.string(),
  askedAs: z.string().optional(),
  reason: z.string(),
  until: z.string().optional(),
});
const exemptionSchema = z.looseObject({
  kind: z.literal("exemption"),
  event: z.enum(["granted", "ended", "ending"]),
  exemptionId: z.string(),
  baseline: z.string(),
  owner: z.string(),
  reason: z.string(),
  until: z.string(),
  by: z.string().optional(),
  askedAs: z.string().optional(),
});
/** An exemption that was granted, ended, or ends soon. */
export type ToldExemption = z.infer<typeof exemptionSchema>;
const breakerSchema = z.looseObject({
  kind: z.literal("breaker"),
  baseline: z.string(),
  became: z.enum(["open", "closed"]),
  changedBy: z.array(z.string()),
  askedBy: z.string().optional(),
  askedAs: z.string().optional(),
  reason: z.string().optional(),
});
const missedEventSchema = z.looseObject({
  kind: z.literal("missed-event"),
  baselines: z.array(z.string()),
  seenAt: z.string(),
});
const foreignUseSchema = z.looseObject({
  kind: z.literal("foreign-use"),
  identity: z.string(),
  causes: z.array(causeSchema),
});
const callSchema = z.looseObject({
  kind: z.literal("call"),
  resourceId: z.string(),
  route: z.string(),
  caller: z.string(),
  callerKind: z.string().optional(),
  roles: z.array(z.string()),
  refused: z.string().optional(),
});
const switchSchema = z.looseObject({
  kind: z.literal("switch"),
  stopped: z.boolean(),
  by: z.string(),
  roles: z.array(z.string()),
  reason: z.string(),
});
const policyAcceptedSchema = z.looseObject({
  kind: z.literal("policy-accepted"),
  policy: decidedBySchema,
  source: z.string(),
  changedBy: z.string().optional(),
  replaces: z.string().optional(),
  rules: z.number(),
  exemptions: z.number(),
});
const policyRefusedSchema = z.looseObject({
  kind: z.literal("policy-refused"),
  source: z.string(),
  changedBy: z.string().optional(),
  problems: z.array(
    z.looseObject({ line: z.number(), column: z.number(), path: z.string(), found: z.string(), allowed: z.string() }),
  ),
  holds: z.string().optional(),
});
const summarySchema = z.looseObject({
  kind: z.literal("summary"),
  resources: z.number(),
  findings: z.array(z.looseObject({ baseline: z.string(), mode: z.string(), resources: z.number() })),
});
const entrySchema = z.discriminatedUnion("kind", [
  intentSchema,
  outcomeSchema,
  remediationSchema,
  checkSchema,
  countSchema,
  approvalSchema,
  exemptionSchema,
  breakerSchema,
  missedEventSchema,
  foreignUseSchema,
  callSchema,
  switchSchema,
  policyAcceptedSchema,
  policyRefusedSchema,
  summarySchema,
]);

/** An entry of the journal, as far as it is told in words. */
export type ToldEntry = z.infer<typeof entrySchema>;

/** Reads an entry; nothing where its kind is not known, or its shape is another one than this version writes. */
export function readEntry(entry: JsonObject): ToldEntry | undefined {
  return entrySchema.safeParse(entry).data;
}
