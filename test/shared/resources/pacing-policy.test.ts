import { createHttpHeaders, createPipelineRequest, type PipelineResponse } from "@azure/core-rest-pipeline";
import { describe, expect, test } from "vitest";
import { pacingPolicy } from "../../../shared/resources/pacing-policy.ts";
import { type Lane, storageLimits } from "../../../shared/resources/request-limits.ts";
import { manualClock } from "../../support/clock.ts";

interface Answer {
  status: number;
  retryAfter?: string;
  body?: string;
}

/** A policy whose waits move the clock, and what it told the pace. */
function paced() {
  const clock = manualClock();
  const start = clock.now().getTime();
  const seconds = () => (clock.now().getTime() - start) / 1000;
  const counted: string[] = [];
  const held: [string, number][] = [];
  const policy = pacingPolicy({
    limits: storageLimits,
    subscriptionId: "s",
    now: clock.now,
    waitUntil: async (time) => clock.advance(Math.max(0, (time.getTime() - clock.now().getTime()) / 1000)),
    pace: {
      count: ({ key }: Lane) => void counted.push(key),
      holdBack: ({ key }: Lane, until) => void held.push([key, (until.getTime() - start) / 1000]),
    },
  });
  async function send(method: "GET" | "PATCH", { status, retryAfter, body = "" }: Answer = { status: 200 }) {
    const request = createPipelineRequest({ url: "https://management.example/", method });
    let sentAt = 0;
    const response = await policy.sendRequest(request, async (sent): Promise<PipelineResponse> => {
      sentAt = seconds();
      const headers = createHttpHeaders(retryAfter === undefined ? {} : { "retry-after": retryAfter });
      return { request: sent, status, headers, bodyAsText: body };
    });
    return { status: response.status, sentAt };
  }
  /** A write that Azure does not answer. Gives when it was sent, in seconds. */
  function sendUnanswered(abortSignal?: AbortSignal): Promise<number> {
    const request = createPipelineRequest({
      url: "https://management.example/",
      method: "PATCH",
      ...(abortSignal && { abortSignal }),
    });
    return new Promise((resolve, reject) => {
      const unanswered = new Promise<PipelineResponse>(() => undefined);
      policy
        .sendRequest(request, () => {
          resolve(seconds());
          return unanswered;
        })
        .then(undefined, reject);
    });
  }
  return { send, sendUnanswered, counted, held };
}

describe("requests through the policy", () => {
  test("are counted where they read", async () => {
    const { send, counted } = paced();
    await send("GET");
    await send("PATCH");

    expect(counted).toEqual(["s/storage/reads"]);
  });

  test("are sent so that no second has more writes than Azure takes, and reads don't wait for them", async () => {
    const { send } = paced();
    const writes = [];
    for (let write = 0; write < 25; write += 1) writes.push((await send("PATCH")).sentAt);
    const read = await send("GET");

    expect(writes.filter((at) => at < 1)).toHaveLength(10);
    expect(writes.filter((at) => at >= 1 && at < 2)).toHaveLength(10);
    expect(writes.filter((at) => at >= 2)).toHaveLength(5);
    expect(read.sentAt).toBe(2);
  });

  test("count as arrived half a second after they were sent, however long Azure works on them", async () => {
    const { sendUnanswered } = paced();
    const writes = [];
    for (let write = 0; write < 21; write += 1) writes.push(await sendUnanswered());

    expect(writes.filter((at) => at === 0)).toHaveLength(10);
    expect(writes.filter((at) => at === 1.5)).toHaveLength(10);
    expect(writes.at(-1)).toBe(3);
  });

  test("are not sent once their time limit has passed, and leave their turn to the next", async () => {
    const { send, sendUnanswered } = paced();
    for (let write = 0; write < 10; write += 1) await sendUnanswered();

    await expect(sendUnanswered(AbortSignal.abort())).rejects.toMatchObject({ code: "turn-missed" });
    const next = await send("PATCH");

    expect(next.sentAt).toBe(1.5);
  });

  test("that are throttled hold back those of their kind for as long as Azure says, and are not sent again", async () => {
    const { send, held } = paced();

    const { status } = await send("PATCH", { status: 429, retryAfter: "17" });
    await send("GET", { status: 429, retryAfter: "100" });

    expect(status).toBe(429);
    expect(held).toEqual([
      ["s/storage/writes", 17],
      ["s/storage/reads", 100],
    ]);
  });

  test("that are throttled without a word of how long hold them back longer each time, until one gets through", async () => {
    const { send, held } = paced();
    for (let refused = 0; refused < 3; refused += 1) await send("GET", { status: 429 });
    await send("GET");
    await send("GET", { status: 429, retryAfter: "soon" });

    expect(held.map(([, until]) => until)).toEqual([5, 10, 20, 5]);
  });

  test("that find one resource busy hold back no others", async () => {
    const { send, held } = paced();

    await send("PATCH", { status: 429, body: '{"error":{"code":"RetryableErrorDueToAnotherOperation"}}' });
    await send("PATCH", { status: 409 });

    expect(held).toEqual([]);
  });
});
