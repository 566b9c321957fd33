import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { fine, red } from "../../../command/doctor/line.ts";
import { prove } from "../../../command/doctor/live.ts";
import type { JsonObject } from "../../../shared/json.ts";
import { armOf } from "../arm-of.ts";

const now = () => new Date("2026-11-23T08:00:00.000Z");
const subscription = "/subscriptions/a0000000-0000-4000-8000-000000000001";
const site = `${subscription}/resourceGroups/rg-guard/providers/Microsoft.Web/sites/func-guard`;
const topic = `${subscription}/resourceGroups/rg-guard/providers/Microsoft.EventGrid/systemTopics/evgs`;
const page = readFileSync(path.join(import.meta.dirname, "../../../docs/deployment.md"), "utf8");

test("holds where Azure lists the function, made the event subscriptions, and the service is healthy", async () => {
  const proofs = await prove(look(azureWith("resource-changed", "Succeeded")), [fine("service", "healthy")]);

  expect(proofs.map(({ holds }) => holds)).toEqual([true, true, true]);
});

test("does not hold where one of them is missing, and says what was answered", async () => {
  const unwell = [red("service", "It says storage-unavailable.", "")];
  const proofs = await prove(look(azureWith("health", "Failed")), unwell);

  expect(proofs).toMatchObject([
    { holds: false, answer: "health" },
    { holds: false, answer: "guard-production-0 is Failed" },
    { holds: false, answer: "It says storage-unavailable." },
  ]);
});

test("takes nothing for proven that was not asked", async () => {
  const proofs = await prove(look(azureWith("resource-changed", "Succeeded")), undefined);

  expect(proofs.at(-1)).toMatchObject({ holds: false, answer: expect.stringContaining("not asked") });
});

test("proves rows of the table in docs/deployment.md, in its words", async () => {
  for (const { proves } of await prove(look({}), undefined)) expect(page).toContain(`| ${proves} |`);
});

function look(answers: { [path: string]: JsonObject }) {
  const systemTopics = `${subscription}/providers/Microsoft.EventGrid/systemTopics`;
  const arm = armOf({ [systemTopics]: { value: [] }, ...answers });
  const app = { resourceGroup: "rg-guard", app: "func-guard" };
  return {
    arm,
    now,
    isLocal: false,
    subscription,
    scope: subscription,
    nodeVersion: "22",
    enforced: [],
    wantsPrivate: false,
    ...app,
  };
}

function azureWith(functionName: string, provisioningState: string): { [path: string]: JsonObject } {
  const properties = { topicType: "Microsoft.Resources.Subscriptions", source: subscription, provisioningState };
  const destination = { properties: { resourceId: `${site}/functions/resource-changed` } };
  return {
    [`${site}/functions`]: { value: [{ properties: { name: functionName } }] },
    [`${subscription}/providers/Microsoft.EventGrid/systemTopics`]: {
      value: [{ id: topic, name: "evgs", properties }],
    },
    [`${topic}/eventSubscriptions`]: {
      value: [{ name: "guard-production-0", properties: { provisioningState, destination } }],
    },
  };
}
