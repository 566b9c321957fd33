import * as z from "zod";
import { isJsonObject, type Json, type JsonObject } from "../../shared/json.ts";

const causeSchema = z.looseObject({
  via: z.string(),
  operation: z.string().optional(),
  changedBy: z.string().optional(),
  askedBy: z.string().optional(),
  askedAs: z.string().optional(),
  undoes: z.string().optional(),
  reason: z.string().optional(),
});
type ToldCause = z.infer<typeof causeSchema>;

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
const values = z.array(z.looseObject({ path: z.string(), value: z.json() }));

const intentSchema = z.looseObject({
  kind: z.literal("intent"),
  remediationId: z.string(),
  baselines: z.array(z.string()),
  before: values,
  after: values,
  causes: z.array(causeSchema),
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
  policy: z.looseObject({ version: z.string().optional() }).optional(),
});
const checkSchema = z.looseObject({
  kind: z.literal("check"),
  outcome: z.string(),
  dryRun: z.boolean(),
  results: z.array(resultSchema),
  causes: z.array(causeSchema),
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
});
const breakerSchema = z.looseObject({
  kind: z.literal("breaker"),
  baseline: z.string(),
  became: z.enum(["open", "closed"]),
  changedBy: z.array(z.string()),
  askedBy: z.string().optional(),
  reason: z.string().optional(),
});
const callSchema = z.looseObject({
  kind: z.literal("call"),
  resourceId: z.string(),
  route: z.string(),
  caller: z.string(),
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
const decidedBySchema = z.looseObject({ version: z.string().optional() });
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
  callSchema,
  switchSchema,
  policyAcceptedSchema,
  policyRefusedSchema,
  summarySchema,
]);

/** An entry of the journal in plain words: when and what in the first line, more below it. */
export function tellEntry(entry: JsonObject): string[] {
  const parsed = entrySchema.safeParse(entry);
  const [first = "", ...more] = parsed.success ? linesFor(parsed.data) : [`An entry of the kind ${entry.kind}.`];
  return [`${String(entry.at)}  ${first}`, ...more.map((line) => `    ${line}`)];
}

function linesFor(entry: z.infer<typeof entrySchema>): string[] {
  switch (entry.kind) {
    case "intent":
      return [
        `About to write for ${entry.baselines.join(" and ")} (remediation ${entry.remediationId}).`,
        ...changedValues(entry.before, entry.after),
        ...entry.causes.map(tellCause),
      ];
    case "intent-outcome":
      return [
        `The write ended: ${entry.outcome}. ${entry.reason}`,
        ...(entry.foreignDifferences ?? []).map(
          ({ path, before, after }) => `Beside it, ${path} changed from ${before} to ${after}.`,
        ),
      ];
    case "remediation":
      return [
        `Remediation ${entry.remediationId}: ${entry.outcome}.`,
        ...entry.results.flatMap(tellResult),
        ...tellVersion(entry.policy?.version),
      ];
    case "check":
      return [
        `${entry.dryRun ? "Dry run" : "Looked at"}: ${entry.outcome}.`,
        ...entry.results.flatMap(tellResult),
        ...entry.causes.map(tellCause),
      ];
    case "approval":
      return [
        entry.decision === "refused"
          ? `${entry.by} wanted to decide about ${entry.baseline}, and was refused: it was their own change.`
          : `${entry.by} ${entry.decision} the fix for ${entry.baseline}: ${entry.reason}`,
        `Remediation ${entry.remediationId}, proposal ${entry.proposal}${entry.until === undefined ? "" : `, until ${entry.until}`}`,
      ];
    case "exemption":
      return tellExemption(entry);
    case "count":
      return [`${entry.caller} did ${entry.operation}, for the ${entry.count}. time since ${entry.since}.`];
    case "breaker":
      return entry.became === "open"
        ? [`The breaker of ${entry.baseline} opened: it was set back by ${entry.changedBy.join(", ")}.`]
        : [`${entry.askedBy ?? "Somebody"} closed the breaker of ${entry.baseline}: ${entry.reason ?? ""}`];
    case "call":
      return [
        `${entry.caller} (${entry.roles.join(", ")}) called ${entry.route.split(" ")[0]} ${entry.resourceId}${entry.refused === undefined ? "." : `, refused: ${entry.refused}.`}`,
      ];
    case "policy-accepted":
      return [
        `The policy file ${entry.source} holds from now on, in its version ${shortHash(entry.policy.version)}${by(entry.changedBy)}: ${entry.rules} rules, ${entry.exemptions} exemptions.`,
        ...(entry.replaces === undefined ? [] : [`It replaces the version ${shortHash(entry.replaces)}.`]),
      ];
    case "policy-refused":
      return [
        `The policy file ${entry.source} was refused${by(entry.changedBy)}; ${entry.holds === undefined ? "everything is audit" : `the version ${shortHash(entry.holds)} holds on`}.`,
        ...entry.problems.map(
          ({ line, column, path, found, allowed }) =>
            `Line ${line}, column ${column}${path === "" ? "" : `, ${path}`}: ${found === "" ? "nothing" : found}; allowed is ${allowed}`,
        ),
      ];
    case "summary":
      return [
        `Before the first write there, of ${entry.resources} resources:`,
        ...entry.findings.map(({ baseline, mode, resources }) => `${baseline} (${mode}): ${resources} fall short`),
      ];
    case "switch":
      return [
        `${entry.by} (${entry.roles.join(", ")}) ${entry.stopped ? "stopped" : "resumed"} all writes: ${entry.reason}`,
      ];
  }
}

function tellExemption({ event, exemptionId, baseline, owner, reason, until, by }: z.infer<typeof exemptionSchema>) {
  const what = `exemption ${exemptionId} from ${baseline === "all" ? "all baselines" : baseline}`;
  const who = by ?? "Somebody";
  const first = {
    granted: `${who} granted ${what} until ${until}.`,
    ended: `${who} ended ${what}, which was to last until ${until}.`,
    ending: `It ends soon, on ${until}: ${what}.`,
  }[event];
  return [first, `Owner: ${owner}. Reason: ${reason}`];
}

function changedValues(before: z.infer<typeof values>, after: z.infer<typeof values>): string[] {
  return after.flatMap(({ path, value }) => {
    const earlier = before.find((each) => each.path === path)?.value ?? null;
    return told(earlier) === told(value) ? [] : [`${path}: ${told(earlier)} becomes ${told(value)}`];
  });
}

function tellResult(result: z.infer<typeof resultSchema>): string[] {
  const { baseline, outcome, reason, findings, mayBreak, advice, proposal, rule } = result;
  if (outcome === "compliant") return [`${baseline}: compliant`];
  return [
    `${baseline}: ${outcome}. ${reason}`,
    ...findings.map(({ path, expected, actual }) => `  ${path} was ${told(actual)}, expected ${expected}`),
    ...(mayBreak === undefined || outcome === "remediated" ? [] : [`  May break: ${mayBreak}`]),
    ...(advice === undefined ? [] : [`  ${advice}`]),
    ...(rule === undefined ? [] : [`  By the rule ${rule} of the policy file.`]),
    ...(outcome === "awaiting-approval" && proposal
      ? [`  To be approved by ${proposal.expiresAt}: ${proposal.hash}`]
      : []),
  ];
}

function tellCause({ via, operation, changedBy, askedBy, askedAs, undoes, reason }: ToldCause): string {
  const asker = `${askedBy ?? "somebody"}${askedAs ? ` (${askedAs})` : ""}`;
  const who = changedBy === undefined ? "" : ` by ${changedBy}`;
  if (via === "undo") return `Because ${asker} undid remediation ${undoes ?? ""}: ${reason ?? ""}`;
  if (via === "approval") return `Because ${asker} decided about its fix: ${reason ?? ""}`;
  if (via === "close-breaker") return `Because ${asker} closed a breaker: ${reason ?? ""}`;
  if (via === "recheck") return `Because ${asker} asked for a re-check.`;
  if (via === "event") return `Because of ${operation ?? "a change"}${who}.`;
  return `Because of a ${via}${operation === undefined ? "" : ` after ${operation}${who}`}.`;
}

function tellVersion(version: string | undefined): string[] {
  return version === undefined ? [] : [`Decided by the policy file's version ${shortHash(version)}.`];
}

/** As `explain` and health show it: enough to tell versions apart. */
function shortHash(hash = "unknown"): string {
  return hash.slice(0, 12);
}

function by(changedBy: string | undefined): string {
  return changedBy === undefined ? "" : `, changed by ${changedBy}`;
}

function told(value: Json): string {
  if (value === null) return "not set";
  return isJsonObject(value) || Array.isArray(value) ? JSON.stringify(value) : String(value);
}
