import { createEmptyPipeline } from "@azure/core-rest-pipeline";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createWire } from "../../../shared/resources/wire.ts";
import { armList } from "../../../shared/sweep/arm-list.ts";
import { connectionsOver } from "../../../shared/sweep/connections.ts";
import { group, type LocalArm, startLocalArm, subscriptionId } from "../../emulator/arm/local-arm.ts";

const topic = `${group}/providers/Microsoft.EventGrid/systemTopics/changes`;
const app = `${group}/providers/Microsoft.Web/sites/guard`;
let local: LocalArm;

beforeAll(async () => {
  local = await startLocalArm();
});
afterAll(() => local.arm.close());

function connections(site?: string) {
  const pipeline = createEmptyPipeline();
  pipeline.addPolicy({
    name: "local",
    sendRequest(request, next) {
      request.headers.set("authorization", "Bearer ops");
      request.tlsSettings = local.tlsOptions;
      return next(request);
    },
  });
  const wire = createWire(pipeline, local.arm.endpoint, "2022-06-15");
  return connectionsOver((path) => armList(wire, path), site);
}

test("a subscription is connected once its own topic has an event subscription that leads to the app", async () => {
  const before = await connections().isConnected(subscriptionId);
  const source = `/subscriptions/${subscriptionId}`;
  local.arm.seed(topic, { properties: { source, topicType: "Microsoft.Resources.Subscriptions" } });
  const withTopic = await connections().isConnected(subscriptionId);
  local.arm.seed(`${topic}/eventSubscriptions/guard`, {
    properties: {
      destination: { endpointType: "AzureFunction", properties: { resourceId: `${app}/functions/resource-changed` } },
    },
  });

  expect([before, withTopic]).toEqual([false, false]);
  expect(await connections().isConnected(subscriptionId)).toBe(true);
  expect(await connections("guard").isConnected(subscriptionId)).toBe(true);
  expect(await connections("other").isConnected(subscriptionId)).toBe(false);
});

test("a subscription whose topics Azure does not show is neither", async () => {
  await expect(connections().isConnected("00000000-0000-4000-8000-0000000000ff")).rejects.toThrow(
    "SubscriptionNotFound",
  );
});
