import { afterAll, beforeAll, expect, test } from "vitest";
import type { LostEvent } from "../../../emulator/arm/metrics.ts";
import { errorOf, group, type LocalArm, startLocalArm, subscriptionId } from "./local-arm.ts";

const source = `/subscriptions/${subscriptionId}`;
const topic = `${group}/providers/Microsoft.EventGrid/systemTopics/changes`;
const lost: LostEvent[] = [];
let local: LocalArm;

beforeAll(async () => {
  local = await startLocalArm({ lostEvents: () => lost });
  local.arm.seed(topic, { properties: { source, topicType: "Microsoft.Resources.Subscriptions" } });
  for (const [hoursAgo, eventSubscription, became] of [
    [1, "guard-0", "dropped"],
    [2, "guard-0", "dropped"],
    [2, "audit", "dropped"],
    [3, "guard-1", "deadLettered"],
    [30, "guard-0", "dropped"],
  ] as const) {
    lost.push({ time: now - hoursAgo * 3_600_000, source, eventSubscription, became });
  }
  lost.push({ time: now, source: "/subscriptions/other", eventSubscription: "guard-0", became: "dropped" });
});
afterAll(() => local.arm.close());

const now = Date.parse("2026-11-23T08:00:00Z");
const day = "2026-11-22T08:00:00Z/2026-11-23T08:00:00Z";

function metrics(query: Record<string, string>, of = topic) {
  const asked = new URLSearchParams({ "api-version": "2018-01-01", interval: "FULL", timespan: day, ...query });
  return local.send("GET", `${of}/providers/Microsoft.Insights/metrics?${asked}`);
}

test("tells in the shape of Azure's examples what each event subscription lost in the timespan", async () => {
  const { status, body } = await metrics({
    metricnames: "DroppedEventCount,DeadLetteredCount",
    $filter: "EventSubscriptionName eq 'guard-0' or EventSubscriptionName eq 'guard-1'",
  });

  expect(status).toBe(200);
  expect(body).toMatchObject({
    timespan: expect.stringMatching(/^2026-11-22T08:00:00\S*\/2026-11-23T08:00:00/),
    value: [
      {
        id: `${topic}/providers/Microsoft.Insights/metrics/DroppedEventCount`,
        type: "Microsoft.Insights/metrics",
        name: { value: "DroppedEventCount" },
        unit: "Count",
        timeseries: [
          { metadatavalues: [{ name: { value: "eventsubscriptionname" }, value: "guard-0" }], data: [{ total: 2 }] },
        ],
      },
      { name: { value: "DeadLetteredCount" }, timeseries: [{ data: [{ total: 1 }] }] },
    ],
  });
});

test("sums over all event subscriptions without a filter, and shows none that lost nothing with one", async () => {
  const all = await metrics({ metricnames: "DroppedEventCount" });
  const none = await metrics({ metricnames: "DroppedEventCount", $filter: "EventSubscriptionName eq 'fine'" });

  expect(all.body).toMatchObject({ value: [{ timeseries: [{ metadatavalues: [], data: [{ total: 3 }] }] }] });
  expect(none.body).toMatchObject({ value: [{ timeseries: [] }] });
});

test("refuses a metric that there is not, a timespan that ends before it begins, and a topic that is not there", async () => {
  expect(errorOf(await metrics({ metricnames: "LostCount" }))).toMatchObject({
    code: "BadRequest",
    message: expect.stringContaining("metric: LostCount, Valid metrics: DeadLetteredCount,DroppedEventCount"),
  });
  const backwards = day.split("/").reverse().join("/");
  expect((await metrics({ metricnames: "DroppedEventCount", timespan: backwards })).status).toBe(400);
  expect((await metrics({ metricnames: "DroppedEventCount" }, `${topic}-of-nobody`)).status).toBe(404);
});
