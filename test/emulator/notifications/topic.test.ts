import { request } from "node:https";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Certificate, createCertificate } from "../../../emulator/arm/certificate.ts";
import type { EventGridEvent } from "../../../emulator/event-grid/index.ts";
import { startTopic, type Topic } from "../../../emulator/notifications/topic.ts";

const audiences: Record<string, string> = {
  good: "https://eventgrid.azure.net",
  other: "https://management.azure.com/",
};
const event = { specversion: "1.0", id: "1", source: "guard", type: "Guard.Told", subject: "/x", data: { a: 1 } };

let certificate: Certificate;
let topic: Topic;
let published: EventGridEvent[] = [];

beforeAll(async () => {
  certificate = await createCertificate();
  topic = await startTopic({
    certificate,
    authenticate(token) {
      const aud = audiences[token];
      return aud === undefined ? undefined : { objectId: "o", tenantId: "t", claims: { aud } };
    },
    publish: (each) => void published.push(each),
  });
});
afterAll(() => topic?.close());
beforeEach(() => {
  published = [];
});

function post(body: string, token = "good"): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/cloudevents-batch+json" };
    const sent = request(topic.endpoint, { method: "POST", headers, ca: certificate.cert }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.once("error", reject);
    sent.end(body);
  });
}

test("a topic takes a batch of CloudEvents", async () => {
  expect(await post(JSON.stringify([event]))).toBe(200);
  expect(published).toMatchObject([{ id: "1", topic: "guard", eventType: "Guard.Told", data: { a: 1 } }]);
});

test.for([
  ["a token for something else", JSON.stringify([event]), "other", 401],
  ["a token of somebody else", JSON.stringify([event]), "forged", 401],
  ["one event that is none", JSON.stringify([event, { id: "2" }]), "good", 400],
  ["no batch", JSON.stringify(event), "good", 400],
  ["no JSON", "{", "good", 400],
  ["more than 1 MB", JSON.stringify([{ ...event, data: "x".repeat(1024 * 1024) }]), "good", 413],
] as const)("a topic takes nothing with %s", async ([, body, token, status]) => {
  expect(await post(body, token)).toBe(status);
  expect(published).toEqual([]);
});
