import { isJsonObject, type Json, type JsonObject } from "../../shared/json.ts";
import {
  type DecidedBy,
  readEntry,
  type ToldCause,
  type ToldEntry,
  type ToldExemption,
  type ToldResult,
  type ToldValues,
} from "./read-entry.ts";

/** An entry of the journal in plain words: when and what in the first line, more below it. */
export function tellEntry(entry: JsonObject): string[] {
  const read = readEntry(entry);
  const [first = "", ...more] = read ? linesFor(read) : [`An entry of the kind ${entry.kind}.`];
  return [`${String(entry.at)}  ${first}`, ...more.map((line) => `    ${line}`)];
}

function linesFor(entry: ToldEntry): string[] {
  switch (entry.kind) {
    case "intent":
      return [
        `About to write for ${entry.baselines.join(" and ")} (remediation ${entry.remediationId}).`,
        ...changedValues(entry.before, entry.after),
        ...entry.causes.map(tellCause),
        ...tellVersion(entry.policy),
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
        ...entry.causes.map(tellCause),
        ...tellVersion(entry.policy),
      ];
    case "check":
      return [
        `${entry.dryRun ? "Dry run" : "Looked at"}: ${entry.outcome}.`,
        ...entry.results.flatMap(tellResult),
        ...entry.causes.map(tellCause),
        ...tellVersion(entry.policy),
      ];
    case "approval":
      return [
        entry.decision === "refused"
          ? `${who(entry.by, entry.askedAs)} wanted to decide about ${entry.baseline}, and was refused: it was their own change.`
          : `${who(entry.by, entry.askedAs)} ${entry.decision} the fix for ${entry.baseline}: ${entry.reason}`,
        `Remediation ${entry.remediationId}, proposal ${entry.proposal}${entry.until === undefined ? "" : `, until ${entry.until}`}`,
      ];
    case "exemption":
      return tellExemption(entry);
    case "count":
      return [`${entry.caller} did ${entry.operation}, for the ${entry.count}. time since ${entry.since}.`];
    case "breaker":
      return entry.became === "open"
        ? [`The breaker of ${entry.baseline} opened: it was set back by ${entry.changedBy.join(", ")}.`]
        : [`${who(entry.askedBy, entry.askedAs)} closed the breaker of ${entry.baseline}: ${entry.reason ?? ""}`];
    case "missed-event":
      return [`Changed without an event, seen at ${entry.seenAt}: ${entry.baselines.join(", ")}.`];
    case "foreign-use":
      return [
        `This service's identity ${entry.identity} made a change that is not this service's.`,
        ...entry.causes.map(tellCause),
      ];
    case "call":
      return [
        `${caller(entry)} called ${entry.route.split(" ")[0]} ${entry.resourceId}${entry.refused === undefined ? "." : `, refused: ${entry.refused}.`}`,
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
        `${who(entry.by, entry.roles.join(", "))} ${entry.stopped ? "stopped" : "resumed"} all writes: ${entry.reason}`,
      ];
  }
}

function tellExemption(entry: ToldExemption): string[] {
  const { event, exemptionId, baseline, owner, reason, until } = entry;
  const what = `exemption ${exemptionId} from ${baseline === "all" ? "all baselines" : baseline}`;
  const asker = who(entry.by, entry.askedAs);
  const first = {
    granted: `${asker} granted ${what} until ${until}.`,
    ended: `${asker} ended ${what}, which was to last until ${until}.`,
    ending: `It ends soon, on ${until}: ${what}.`,
  }[event];
  return [first, `Owner: ${owner}. Reason: ${reason}`];
}

function changedValues(before: ToldValues, after: ToldValues): string[] {
  return after.flatMap(({ path, value }) => {
    const earlier = before.find((each) => each.path === path)?.value ?? null;
    return told(earlier) === told(value) ? [] : [`${path}: ${told(earlier)} becomes ${told(value)}`];
  });
}

function tellResult(result: ToldResult): string[] {
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
  const asker = who(askedBy, askedAs);
  const changer = changedBy === undefined ? "" : ` by ${changedBy}`;
  if (via === "undo") return `Because ${asker} undid remediation ${undoes ?? ""}: ${reason ?? ""}`;
  if (via === "approval") return `Because ${asker} decided about its fix: ${reason ?? ""}`;
  if (via === "close-breaker") return `Because ${asker} closed a breaker: ${reason ?? ""}`;
  if (via === "recheck") return `Because ${asker} asked for a re-check.`;
  if (via === "event") return `Because of ${operation ?? "a change"}${changer}.`;
  return `Because of a ${via}${operation === undefined ? "" : ` after ${operation}${changer}`}.`;
}

/** Nothing where app settings decided. */
function tellVersion(policy: DecidedBy | undefined): string[] {
  if (policy === undefined) return [];
  const { version, managementGroupsReadAt } = policy;
  if (version === undefined) return ["No policy file was ever accepted."];
  const groups = managementGroupsReadAt === undefined ? "" : `, by management groups read at ${managementGroupsReadAt}`;
  return [`Decided by the policy file's version ${shortHash(version)}${groups}.`];
}

/** A caller with what kind it is, where its name does not say so, and its roles. */
function caller({ caller: name, callerKind, roles }: Extract<ToldEntry, { kind: "call" }>): string {
  const kind = callerKind === undefined || callerKind === name ? "" : `The ${callerKind} `;
  return `${kind}${who(name, roles.join(", ") || "no role")}`;
}

function who(name = "Somebody", roles = ""): string {
  return roles === "" ? name : `${name} (${roles})`;
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
