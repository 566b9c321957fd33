import { errors } from "../../shared/errors.ts";
import { type OutcomeEnd, outcomeNames, outcomes } from "../../shared/outcomes.ts";
import { blockingCodes } from "../../shared/resources/refusal.ts";
import { code, page, table } from "./markdown.ts";

/** Who moves next, for people. */
const ends = {
  good: "nobody: it is as it should be",
  open: "the service, or a person who approves",
  person: "a person",
  final: "nobody: it is over",
} as const satisfies Record<OutcomeEnd, string>;

/** docs/errors.md: every outcome and every error code. */
export function renderErrorsPage(): string {
  return page([
    "# Outcomes and errors",
    "Generated from the code by `npm run docs`.",
    "## Outcomes",
    "How a remediation stands, and each baseline of it. A remediation of several baselines is named by the first of theirs in this list.",
    table(
      ["Outcome", "Meaning", "End", "Who moves next"],
      outcomeNames.map((name) => [code(name), outcomes[name].meaning, outcomes[name].end, ends[outcomes[name].end]]),
    ),
    "## Error codes",
    'An HTTP route that refuses answers `{ "error": { "code", "message", "details" } }`, where `details` names what is wrong where. The same codes stand in the log, and in the `code` of a baseline that `failed`, or that this service itself refused to go on with; the status is that of an HTTP answer.',
    table(
      ["Code", "Status", "Meaning", "What to do"],
      Object.entries(errors).map(([name, { status, meaning, advice }]) => [
        code(name),
        String(status),
        meaning,
        linked(advice),
      ]),
    ),
    "## Azure's own codes",
    "Where Azure refuses, its status, code and message stand beside the outcome, as `azure`, with what a person can do as `advice`. Where there is no `azure`, Azure did not say it.",
    table(
      ["Azure's code", "Outcome", "Advice"],
      [...blockingCodes].map(([name, advice]) => [code(name), code("blocked"), advice]),
    ),
    "Any other answer of 401 or 403 leads to `blocked` too; a 404 that says that the resource is gone to `gone`; throttling, conflicts (408, 409, 412, 429), answers of 500 and above, and none at all to `retrying`. What no rule here knows leads to `failed`, with the code `azure-refused`.",
  ]);
}

/** The outcomes by their end, for docs/architecture.md. */
export function renderOutcomesByEnd(): string {
  const rows = Object.entries(ends).map(([end, who]) => {
    const names = outcomeNames.filter((name) => outcomes[name].end === end);
    return [code(end), names.map(code).join(", "), who];
  });
  return table(["End", "Outcomes", "Who moves next"], rows);
}

function linked(advice: string): string {
  return advice.replace("See docs/baselines for", "See [baselines](baselines/README.md) for");
}
