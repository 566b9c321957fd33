import { expect, test } from "vitest";
import { createJudgements } from "../../../scripts/bench/judgements.ts";

const line = (resourceId: string, outcome: string) => JSON.stringify({ message: "judged", resourceId, outcome });

test("judgements are counted by outcome, and each resource keeps its last one", () => {
  const judgements = createJudgements();

  for (const outcome of ["retrying", "retrying", "remediated"]) judgements.read(line("/a", outcome));
  judgements.read(line("/b", "retrying"));

  expect(Object.fromEntries(judgements.counts)).toEqual({ retrying: 3, remediated: 1 });
  expect(Object.fromEntries(judgements.outcomes)).toEqual({ "/a": "remediated", "/b": "retrying" });
});

test("other lines of the log are no judgements", () => {
  const judgements = createJudgements();

  judgements.read("Debugger listening on ws://127.0.0.1:9229/0");
  judgements.read(JSON.stringify({ message: "event taken", resourceId: "/a" }));

  expect(judgements.counts.size).toBe(0);
});

test("the next judgement is told to all who wait for it, with its moment", async () => {
  const judgements = createJudgements();
  const begin = performance.now();
  const waiting = [judgements.next(), judgements.next()];

  judgements.read(line("/a", "compliant"));

  for (const moment of await Promise.all(waiting)) expect(moment).toBeGreaterThanOrEqual(begin);
});
