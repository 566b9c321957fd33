import { afterEach, expect, test } from "vitest";
import { closeTestHosts, startTestHost, type TestHost } from "./world.ts";

afterEach(closeTestHosts);

const takeEvents = `
  app.eventGrid("take", {
    handler: (event, context) => {
      if (event.data?.fail) throw new Error("cannot take it");
      context.log(JSON.stringify(event));
    },
  });
  app.http("other", { handler: () => undefined });
`;

function post(url: string, eventType: string | undefined, body: unknown): Promise<Response> {
  const headers: Record<string, string> = eventType === undefined ? {} : { "aeg-event-type": eventType };
  return fetch(url, { method: "POST", headers, body: typeof body === "string" ? body : JSON.stringify(body) });
}

function takenEvents(host: TestHost): unknown[] {
  return host.logged.filter(({ source }) => source === "app").map(({ message }) => JSON.parse(message));
}

test("the handshake of the Event Grid schema is answered with the code, alone or in an array", async () => {
  const host = await startTestHost(takeEvents);
  const event = { eventType: "Microsoft.EventGrid.SubscriptionValidationEvent", data: { validationCode: "512d38b6" } };

  for (const body of [event, [event]]) {
    const response = await post(host.eventGridUrl("take"), "SubscriptionValidation", body);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ validationResponse: "512d38b6" });
  }
  expect(host.statistics.invocations).toBe(0);
});

test("the handshake of CloudEvents is answered with the allowed origin", async () => {
  const host = await startTestHost(takeEvents);

  const response = await fetch(host.eventGridUrl("take"), {
    method: "OPTIONS",
    headers: { "WebHook-Request-Origin": "eventgrid.azure.net" },
  });

  expect(response.status).toBe(200);
  expect(response.headers.get("webhook-allowed-origin")).toBe("eventgrid.azure.net");
});

test("every event of a batch is an invocation of its own; one failure answers 500 for all", async () => {
  const host = await startTestHost(takeEvents);

  expect((await post(host.eventGridUrl("take"), "Notification", [{ id: "1" }, { id: "2" }])).status).toBe(202);
  const failed = await post(host.eventGridUrl("take"), "Notification", [
    { id: "3" },
    { id: "4", data: { fail: true } },
  ]);

  expect(failed.status).toBe(500);
  expect(await failed.text()).toBe("Exception while executing function: Functions.take");
  expect(takenEvents(host)).toEqual(expect.arrayContaining([{ id: "1" }, { id: "2" }, { id: "3" }]));
  expect(host.statistics).toEqual({ invocations: 4, failures: 1, poisoned: 0, inFlight: 0 });
});

test("one event without an array is taken, and its date-times are written as the real host does", async () => {
  const host = await startTestHost(takeEvents);
  const event = {
    specversion: "1.0",
    time: "2024-05-01T10:20:30.1230000Z",
    data: {
      whole: "2024-05-01T10:20:30.0000000Z",
      long: "2024-05-01T10:20:30.12345678Z",
      local: "2024-05-01T10:20:30",
      offset: "2024-05-01T10:20:30+02:00",
      noDate: ["2024-02-31T00:00:00Z", "2024-05-01", "at 2024-05-01T10:20:30Z"],
    },
  };

  expect((await post(host.eventGridUrl("take"), "Notification", event)).status).toBe(202);

  expect(takenEvents(host)).toEqual([
    {
      specversion: "1.0",
      time: "2024-05-01T10:20:30.123Z",
      data: {
        whole: "2024-05-01T10:20:30Z",
        long: "2024-05-01T10:20:30.1234568Z",
        local: "2024-05-01T10:20:30",
        offset: "2024-05-01T08:20:30+00:00",
        noDate: event.data.noDate,
      },
    },
  ]);
});

test("the webhook needs the extension's key, an Event Grid function and a known event type", async () => {
  const host = await startTestHost(takeEvents);
  const url = host.eventGridUrl("take");

  expect((await post(url.replace(/code=.*/, "code=wrong"), "Notification", [])).status).toBe(401);
  expect((await fetch(url.replace(/code=.*/, ""), { method: "OPTIONS" })).status).toBe(401);
  const unknown = await post(host.eventGridUrl("x"), "Notification", []);
  expect([unknown.status, await unknown.text()]).toEqual([404, "cannot find function: 'x'"]);
  expect((await post(host.eventGridUrl("other"), "Notification", [])).status).toBe(404);
  expect((await post(url, undefined, [])).status).toBe(400);
  expect((await post(url, "Gossip", [])).status).toBe(400);
  expect((await post(url, "Unsubscribe", [])).status).toBe(202);
  expect((await post(url, "Notification", "not json")).status).toBe(500);
});
