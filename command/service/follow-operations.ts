import { isOutcome } from "../../shared/outcomes.ts";
import type { Surroundings } from "../frame/command.ts";
import { type ExitCode, exitCodes } from "../frame/output.ts";
import { type Operation, operationSchema } from "./answers.ts";
import type { ServiceClient } from "./service-client.ts";
import { exitCodeOf } from "./tell-judged.ts";

const millisecondsBetweenLooks = 1000;
/** The service settles what stands still for this long; somebody who waits should not have to. */
const longestStandstillMilliseconds = 10 * 60_000;
const barWidth = 30;

/**
 * Waits until operations of the service are done, with a bar that shows how far they are, and tells what they came to. Ends with an Error
 * where nothing moves any more; the service goes on whether somebody waits or not.
 */
export async function followOperations(
  service: ServiceClient,
  operationIds: readonly string[],
  surroundings: Surroundings,
): Promise<ExitCode> {
  const { output, wait, now } = surroundings;
  let moved = { judged: -1, at: now().getTime() };
  for (;;) {
    const operations: Operation[] = [];
    for (const id of operationIds) operations.push(await service.get(`/api/recheck/${id}`, operationSchema));
    output.progress?.(bar(operations));
    if (operations.every(({ status }) => status === "succeeded")) {
      output.progress?.("");
      return tellOperations(operations, surroundings);
    }
    const judged = sum(operations, "judged") + sum(operations, "found");
    if (judged !== moved.judged) moved = { judged, at: now().getTime() };
    if (now().getTime() - moved.at > longestStandstillMilliseconds) {
      throw new Error(`Nothing moved for ten minutes. The service goes on with: ${operationIds.join(", ")}.`);
    }
    await wait(millisecondsBetweenLooks);
  }
}

function bar(operations: readonly Operation[]): string {
  const [found, judged] = [sum(operations, "found"), sum(operations, "judged")];
  const filled = found === 0 ? 0 : Math.floor((judged / found) * barWidth);
  const remediated = operations.reduce((total, { outcomes: counts }) => total + (counts.remediated ?? 0), 0);
  return `[${"#".repeat(filled)}${"-".repeat(barWidth - filled)}] ${judged} of ${found} judged, ${remediated} remediated`;
}

function tellOperations(operations: readonly Operation[], { output }: Surroundings): ExitCode {
  const counts = new Map<string, number>();
  for (const operation of operations) {
    for (const [name, count] of Object.entries(operation.outcomes)) counts.set(name, (counts.get(name) ?? 0) + count);
  }
  const left = operations
    .flatMap(({ resources }) => resources)
    .filter(({ outcome }) => codeOf(outcome) !== exitCodes.good);
  for (const { resourceId, outcome } of left) output.out(`${outcome.padEnd(17)}  ${resourceId}`);
  const told = [...counts].map(([name, count]) => `${count} ${name}`);
  output.out(`${sum(operations, "judged")} judged: ${told.length === 0 ? "nothing there" : told.join(", ")}.`);
  const codes = [...counts.keys()].map(codeOf);
  if (codes.includes(exitCodes.notCompliant)) return exitCodes.notCompliant;
  return codes.includes(exitCodes.unknown) ? exitCodes.unknown : exitCodes.good;
}

function codeOf(outcome: string): ExitCode {
  return isOutcome(outcome) ? exitCodeOf(outcome) : exitCodes.unknown;
}

function sum(operations: readonly Operation[], name: "found" | "judged"): number {
  return operations.reduce((total, operation) => total + operation[name], 0);
}
