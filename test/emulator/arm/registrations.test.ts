import { afterAll, beforeAll, expect, test } from "vitest";
import { errorOf, group, type LocalArm, startLocalArm, subscriptionId } from "./local-arm.ts";

const provider = `/subscriptions/${subscriptionId}/providers/Microsoft.EventGrid`;
const version = "api-version=2022-09-01";

let local: LocalArm;

beforeAll(async () => {
  local = await startLocalArm({
    subscriptions: [
      {
        subscriptionId,
        displayName: "Cruises",
        managementGroup: "cruises",
        notRegistered: ["Microsoft.EventGrid"],
      },
    ],
  });
});

afterAll(() => local.arm.close());

test("what a provider has is refused where it is not registered, until it was asked to be", async () => {
  const topic = `${group}/providers/Microsoft.EventGrid/systemTopics/changes?api-version=2022-06-15`;
  const source = `/subscriptions/${subscriptionId}`;
  const body = { location: "global", properties: { source, topicType: "Microsoft.Resources.Subscriptions" } };

  expect(await local.send("GET", `${provider}?${version}`)).toMatchObject({
    body: { registrationState: "NotRegistered" },
  });
  expect(errorOf(await local.send("PUT", topic, { body }))).toEqual({
    code: "MissingSubscriptionRegistration",
    message:
      "The subscription is not registered to use namespace 'Microsoft.EventGrid'. See https://aka.ms/rps-not-found for how to register subscriptions.",
  });

  expect(await local.send("POST", `${provider}/register?${version}`)).toMatchObject({ status: 200 });

  expect(await local.send("GET", `${provider}?${version}`)).toMatchObject({
    body: { registrationState: "Registered" },
  });
  expect(await local.send("PUT", topic, { body })).toMatchObject({ status: 200 });
});

test("a management group lists the subscriptions in it, and one that is not there is not found", async () => {
  const groups = "/providers/Microsoft.Management/managementGroups";

  expect(await local.send("GET", `${groups}/cruises/descendants?api-version=2020-05-01`)).toMatchObject({
    status: 200,
    body: { value: [{ name: subscriptionId, type: "/subscriptions", properties: { displayName: "Cruises" } }] },
  });
  expect(await local.send("GET", `${groups}/other/descendants?api-version=2020-05-01`)).toMatchObject({ status: 404 });
});
