import { expect, test, vi } from "vitest";
import { subscriptionTo, writeEvent } from "./events.ts";
import { type Answer, consent, validationData } from "./webhook.ts";
import { createWorld } from "./world.ts";

const MINUTE = 60_000;

test("asks an endpoint of the Event Grid schema to echo a code, and delivers after that", async () => {
  await using world = await createWorld();
  await world.eventGrid.subscribe(subscriptionTo(world.webhook.url));
  world.eventGrid.publish(writeEvent("after"));
  await world.eventGrid.idle();

  const [request] = world.webhook.handshakes;
  expect(request?.headers).toMatchObject({
    "aeg-event-type": "SubscriptionValidation",
    "aeg-subscription-name": "RESOURCE-CHANGED",
    "content-type": "application/json; charset=utf-8",
  });
  expect(JSON.parse(request?.text ?? "")).toMatchObject([
    { eventType: "Microsoft.EventGrid.SubscriptionValidationEvent", data: { validationCode: expect.any(String) } },
  ]);
  expect(world.webhook.eventIds()).toEqual(["after"]);
});

test("asks an endpoint of CloudEvents by OPTIONS whether it allows the origin", async () => {
  await using world = await createWorld();
  await world.eventGrid.subscribe(subscriptionTo(world.webhook.url, { eventDeliverySchema: "CloudEventSchemaV1_0" }));

  expect(world.webhook.handshakes).toMatchObject([
    { method: "OPTIONS", headers: { "webhook-request-origin": "eventgrid.azure.net" } },
  ]);
});

test("asks a function for nothing, and delivers from the call on", async () => {
  await using world = await createWorld();
  const subscribed = world.eventGrid.subscribe(subscriptionTo(world.webhook.url, { endpointType: "AzureFunction" }));
  world.eventGrid.publish(writeEvent("at once"));
  await subscribed;
  await world.eventGrid.idle();

  expect(world.webhook.handshakes).toEqual([]);
  expect(world.webhook.eventIds()).toEqual(["at once"]);
});

const refusals: { of: string; answer: Answer; cause: RegExp }[] = [
  { of: "a wrong code", answer: { status: 200, body: '{"validationResponse":"x"}' }, cause: /not the validationCode/ },
  { of: "401", answer: { status: 401, body: "no key" }, cause: /it answered 401: no key/ },
  { of: "404", answer: { status: 404, body: "cannot find function: 'x'" }, cause: /cannot find function: 'x'/ },
  { of: "a redirect", answer: { status: 302, headers: { location: "/" } }, cause: /it answered 302/ },
];
test.for(refusals)(
  "refuses an endpoint that answers the handshake with $of, and says so without its key",
  async ({ answer, cause }) => {
    await using world = await createWorld();
    world.webhook.answerHandshake = () => answer;
    const subscribed = world.eventGrid.subscribe(subscriptionTo(world.webhook.url));

    await expect(subscribed).rejects.toThrow(cause);
    await expect(subscribed).rejects.not.toThrow(/code=/);
  },
);

test("refuses an endpoint of CloudEvents that allows another origin only", async () => {
  await using world = await createWorld();
  world.webhook.answerHandshake = () => ({ status: 200, headers: { "webhook-allowed-origin": "example.org" } });
  const subscription = subscriptionTo(world.webhook.url, { eventDeliverySchema: "CloudEventSchemaV1_0" });

  await expect(world.eventGrid.subscribe(subscription)).rejects.toThrow(/allows the origin example.org/);
});

test("refuses an endpoint where nothing listens", async () => {
  await using world = await createWorld();
  await world.webhook.close();

  await expect(world.eventGrid.subscribe(subscriptionTo(world.webhook.url))).rejects.toThrow(/no connection/);
});

test("refuses an endpoint that does not answer within 30 seconds", async () => {
  await using world = await createWorld();
  world.webhook.answerHandshake = () => undefined;
  const subscribed = expect(world.eventGrid.subscribe(subscriptionTo(world.webhook.url))).rejects.toThrow(
    /no answer within 30 s/,
  );
  await vi.waitUntil(() => world.webhook.handshakes.length === 1);
  await world.clock.advance(30_000);

  await subscribed;
});

test.for([200, 202])(
  "takes consent by the validation URL from an endpoint that answers %d without consent",
  async (status) => {
    await using world = await createWorld();
    // Azure takes the code from a 200 only.
    world.webhook.answerHandshake = (request) => (status === 202 ? { ...consent(request), status } : { status });
    const subscribed = world.eventGrid.subscribe(subscriptionTo(world.webhook.url));
    const request = await vi.waitUntil(() => world.webhook.handshakes[0]);
    const page = await fetch(validationData(request).validationUrl);

    await subscribed;
    expect(page.status).toBe(200);
  },
);

test("gives up on the validation URL after ten minutes", async () => {
  await using world = await createWorld();
  world.webhook.answerHandshake = () => ({ status: 200 });
  const subscribed = expect(world.eventGrid.subscribe(subscriptionTo(world.webhook.url))).rejects.toThrow(
    /within 10 minutes/,
  );
  await vi.waitUntil(() => world.log.some((line) => line.includes("waits up to 10 minutes")));
  await world.clock.advance(10 * MINUTE);

  await subscribed;
});

test.for([{ name: "a b" }, { endpoint: "not a URL" }, { maxDeliveryAttempts: 31 }, { eventTimeToLiveInMinutes: 0 }])(
  "refuses what Azure refuses, before it asks the endpoint: %o",
  async (changes) => {
    await using world = await createWorld();

    await expect(world.eventGrid.subscribe(subscriptionTo(world.webhook.url, changes))).rejects.toThrow();
    expect(world.webhook.handshakes).toEqual([]);
  },
);
