import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ManualClock, manualClock } from "../../../emulator/clock.ts";
import { errorOf, type LocalArm, startLocalArm } from "./local-arm.ts";
import { connection, gateway, network, objectOf, putConnection, seedConnection } from "./network-world.ts";

let local: LocalArm;
let clock: ManualClock;
const sibling = `${network}/connections/hq-to-quay`;

beforeEach(async () => {
  clock = manualClock(Date.parse("2026-11-01T00:00:00Z"));
  local = await startLocalArm({ clock, durationScale: 1 });
  seedConnection(local.arm);
  local.arm.seed(sibling, { properties: { virtualNetworkGateway1: { id: gateway } } });
});
afterEach(() => local.arm.close());

function putTags(id: string, headers: Record<string, string> = {}) {
  return local.send("PATCH", `${id}?api-version=2024-01-01`, { body: { tags: {} }, headers });
}

describe("while a connection is being updated", () => {
  beforeEach(() => putConnection(local));

  it.each([connection, sibling, gateway])(
    "a write to %s meets a 429 that tells the wait only in its text",
    async (id) => {
      const answer = await putTags(id);
      expect(answer.status).toBe(429);
      expect(answer.headers).not.toHaveProperty("retry-after");
      expect(answer.body).toMatchObject({
        error: {
          code: "RetryableError",
          details: [
            {
              code: "RetryableErrorDueToAnotherOperation",
              message: expect.stringContaining("The call can be retried in 11 seconds."),
            },
          ],
        },
      });
    },
  );

  it("it meets a 409 where the switch says so", async () => {
    local.arm.switches.networkContention = "conflict";
    const answer = await putTags(sibling);
    expect([answer.status, errorOf(answer).code]).toEqual([409, "AnotherOperationInProgress"]);
  });

  it("a DELETE meets it too", async () => {
    expect((await local.send("DELETE", `${sibling}?api-version=2024-01-01`)).status).toBe(429);
  });

  it("a connection of another gateway does not", async () => {
    const elsewhere = `${network}/connections/elsewhere`;
    local.arm.seed(elsewhere, {});
    expect((await putTags(elsewhere)).status).toBe(200);
  });

  it("reads go on, and writes do once it is over", async () => {
    expect((await local.send("GET", `${sibling}?api-version=2024-01-01`)).status).toBe(200);
    await clock.advance(32_000);
    expect((await putTags(sibling)).status).toBe(200);
  });
});

it("a connection is refused while its gateway is being changed", async () => {
  await putTags(gateway);
  expect((await putConnection(local)).status).toBe(429);
});

describe("If-Match with another etag", () => {
  const other = { "if-match": 'W/"other"' };

  it("is ignored, as far as is known", async () => {
    expect((await putTags(connection, other)).status).toBe(200);
  });

  it("meets a 412 where it is honoured, and the right one passes", async () => {
    local.arm.switches.networkIfMatch = "honoured";
    const refused = await putTags(connection, other);
    expect([refused.status, errorOf(refused).code]).toEqual([412, "PreconditionFailed"]);
    const { body } = await local.send("GET", `${connection}?api-version=2024-01-01`);
    expect((await putTags(connection, { "if-match": String(objectOf(body).etag) })).status).toBe(200);
  });

  it("is refused whatever it says where the switch says so", async () => {
    local.arm.switches.networkIfMatch = "refused";
    expect((await putTags(connection, { "if-match": "*" })).status).toBe(400);
    expect((await putTags(connection)).status).toBe(200);
  });
});
