import { expect, test } from "vitest";
import { limitMilliseconds, waitForFunction } from "../../../scripts/infra/wait-for-function.ts";

const target = {
  endpoint: "https://management.azure.com",
  subscriptionId: "a0000000-0000-4000-8000-000000000001",
  resourceGroup: "guard",
  functionApp: "func-guard",
  function: "resource-changed",
};

test("waits until the function is listed, through what Azure can't tell just now", async () => {
  const azure = answering([404, 429, 503, 200]);

  await waitForFunction(target, azure);

  expect(azure.asked).toHaveLength(4);
  expect(new Set(azure.asked)).toEqual(
    new Set([
      "https://management.azure.com/subscriptions/a0000000-0000-4000-8000-000000000001/resourceGroups/guard/providers/Microsoft.Web/sites/func-guard/functions/resource-changed?api-version=2024-04-01",
    ]),
  );
});

test("gives up at once where Azure refuses, with what it says", async () => {
  const azure = answering([403, 200]);

  await expect(waitForFunction(target, azure)).rejects.toThrow("Azure answered 403: said with 403");
  expect(azure.asked).toHaveLength(1);
});

test("gives up after its limit, and names the function", async () => {
  const azure = answering([404]);

  await expect(waitForFunction(target, azure)).rejects.toThrow("the function resource-changed of func-guard");
  expect(azure.now()).toBeLessThanOrEqual(limitMilliseconds);
  expect(azure.asked.length).toBeGreaterThan(10);
});

/** An Azure that answers so, the last one for ever, and a clock that only pauses move. */
function answering(statuses: number[]) {
  const asked: string[] = [];
  let time = 0;
  return {
    asked,
    async ask(url: string) {
      const status = statuses[Math.min(asked.length, statuses.length - 1)] ?? 0;
      asked.push(url);
      return { status, text: `said with ${status}` };
    },
    async pause(milliseconds: number) {
      time += milliseconds;
    },
    now: () => time,
  };
}
