import path from "node:path";
import type { Figure } from "./figures.ts";
import { leastSeconds } from "./limits.ts";
import { onStage, type Stage } from "./stage.ts";

const weakTls = { minimumTlsVersion: "TLS1_0" };
/** What one such violation needs, as the part on requests holds it. */
const readsEach = 1;
const writesEach = 1;
/** Fewer are over before the limits stretch them much, and tell nothing. */
const violationsThatTell = 2_000;
const longestSeconds = 600;
/** A look after the fix, which own events may lead to, finds the account compliant. */
const fixed: ReadonlySet<string | undefined> = new Set(["remediated", "compliant"]);
const millisecondsBetweenLooks = 50;

/** Many violations at once over several subscriptions, with Azure's limits in force, beside the time for which these stretch the requests. */
export function measureBurst(violations: number): Promise<Figure[]> {
  // With its timers: the waker takes up what waits.
  const azuriteModules = [path.join(import.meta.dirname, "azurite-without-housekeeping.ts")];
  const options = { disableTimers: false, switches: { throttling: true }, azuriteModules };
  return onStage((stage) => measure(stage, violations), options);
}

async function measure(stage: Stage, violations: number): Promise<Figure[]> {
  const { subscriptionIds, judgements } = stage;
  await raise(stage, "warm", subscriptionIds.length);
  const before = new Map(judgements.counts);
  stage.forget();
  const { seconds, unfixed } = await raise(stage, "burst", violations);
  const each = Math.ceil(violations / subscriptionIds.length);
  const least = leastSeconds({ reads: each * readsEach, writes: each * writesEach });
  const requests = stage.requests();
  const others = [...judgements.counts]
    .filter(([outcome]) => !fixed.has(outcome))
    .map(([outcome, count]) => of(`looks that ended as ${outcome}`, count - (before.get(outcome) ?? 0), "looks"));
  return [
    of(`${violations} violations over ${subscriptionIds.length} subscriptions, until all are fixed`, seconds, "s"),
    of("bound that Azure's limits set", least, "s"),
    { ...of("time / bound", seconds / least, "times"), ...mostIfTelling(violations, 1.1) },
    { ...of("accounts that were not fixed", unfixed, "accounts"), ...mostIfTelling(violations, 0) },
    ...others.map((figure) => ({ ...figure, ...mostIfTelling(violations, 0) })),
    of("reads", requests.filter(({ method }) => method === "GET").length, "requests"),
    of("writes", requests.filter(({ method }) => method === "PATCH").length, "requests"),
    of("refused by a limit", requests.filter(({ status }) => status === 429).length, "requests"),
  ];
}

/** Raises an event for each of so many violations; gives the time until all were fixed, and how many were not in the longest time. */
async function raise(stage: Stage, prefix: string, count: number): Promise<{ seconds: number; unfixed: number }> {
  const { subscriptionIds, judgements } = stage;
  const ids = Array.from({ length: count }, (_, index) =>
    stage.account(`${prefix}${index}`, weakTls, subscriptionIds[index % subscriptionIds.length]),
  );
  const begin = performance.now();
  const seconds = () => (performance.now() - begin) / 1000;
  let unfixed = ids;
  for (const id of ids) stage.changed(id);
  while (unfixed.length > 0 && seconds() < longestSeconds) {
    await new Promise((resolve) => setTimeout(resolve, millisecondsBetweenLooks));
    unfixed = unfixed.filter((id) => !fixed.has(judgements.outcomes.get(id)));
  }
  const took = seconds();
  if (unfixed.length === 0) await stage.quiet();
  return { seconds: took, unfixed: unfixed.length };
}

function mostIfTelling(violations: number, value: number): Pick<Figure, "bound"> {
  return violations < violationsThatTell ? {} : { bound: { kind: "most", value } };
}

function of(name: string, value: number, unit: string): Figure {
  return { part: "burst", name, value, unit };
}
