import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { Json } from "../../../shared/json.ts";
import { noAnswer, refusalFrom } from "../../../shared/resources/refusal.ts";

const sharedDir = process.env.SHARED_DIR;

function answered(status: number, code: string) {
  return refusalFrom({ status, body: { error: { code, message: "Why." } } });
}

describe("a refusal", () => {
  test.each([
    [409, "ScopeLocked", "blocked"],
    [403, "RequestDisallowedByPolicy", "blocked"],
    [403, "DenyAssignmentAuthorizationFailed", "blocked"],
    [403, "AuthorizationFailed", "blocked"],
    [403, "LinkedAuthorizationFailed", "blocked"],
    [403, "SomethingNew", "blocked"],
    [401, "InvalidAuthenticationToken", "blocked"],
    [429, "RetryableErrorDueToAnotherOperation", "later"],
    [409, "AnotherOperationInProgress", "later"],
    [409, "StorageAccountIsNotProvisioned", "later"],
    [409, "AccountIsFailingOver", "later"],
    [400, "AnotherOperationInProgress", "later"],
    [408, "RequestTimeout", "later"],
    [412, "PreconditionFailed", "later"],
    [429, "TooManyRequests", "later"],
    [500, "InternalServerError", "later"],
    [503, "NoDekLock", "later"],
    [409, "EncryptionInProgress", "later"],
    [404, "ResourceNotFound", "gone"],
    [404, "ResourceGroupNotFound", "gone"],
    [400, "InvalidRequestPropertyValue", "invalid"],
    [400, "NoRegisteredProviderFound", "invalid"],
    [400, "AttemptedEncryptionOnSystemDatabase", "invalid"],
    [400, "constructor", "invalid"],
  ])("%i %s means %s", (status, code, kind) => {
    expect(answered(status, code)).toMatchObject({ kind, status, code, message: "Why." });
  });

  test("that blocks tells what a person can do", () => {
    expect(answered(409, "ScopeLocked").advice).toContain("Remove the lock");
    expect(answered(403, "SomethingNew").advice).toContain("roles");
  });

  test.each<[string, Json, string]>([
    ["ARM's envelope", { error: { code: "A", message: "M" } }, "A"],
    ["no envelope", { code: "PreconditionFailed", message: "M" }, "PreconditionFailed"],
    ["capital letters", { Code: "B", Message: "M" }, "B"],
    [
      "an inner detail",
      { error: { code: "RetryableError", message: "M", details: [{ code: "C", message: "D" }] } },
      "C",
    ],
    ["a page of HTML", "<html><body>Service unavailable</body></html>", "Http503"],
    ["nothing", null, "Http503"],
    ["a list", [1], "Http503"],
    ["numbers for texts", { error: { code: 1, message: 2 } }, "Http503"],
    ["a text for the error", { error: "busy" }, "Http503"],
  ])("is read from %s", (_what, body, code) => {
    expect(refusalFrom({ status: 503, body })).toMatchObject({ kind: "later", code, message: expect.any(String) });
  });

  test.each([
    ["The call can be retried in 11 seconds.", 11],
    ["Please try again after '324' seconds.", 324],
    ["Busy.", undefined],
  ])("tells the wait that its text names: %s", (message, seconds) => {
    const refusal = refusalFrom({ status: 429, body: { error: { code: "RetryableError", message } } });

    expect(refusal.waitSeconds).toBe(seconds);
  });

  test("believes the Retry-After header before its text", () => {
    const body = { error: { code: "A", message: "The call can be retried in 11 seconds." } };

    expect(refusalFrom({ status: 429, body, retryAfterSeconds: 3 }).waitSeconds).toBe(3);
  });

  test("keeps a message of any length short", () => {
    expect(refusalFrom({ status: 400, body: { message: "x".repeat(1_000_000) } }).message).toHaveLength(1000);
  });

  test("without an answer may have taken effect: look again", () => {
    expect(noAnswer("No answer: ECONNRESET.")).toMatchObject({ kind: "later", own: "no-answer" });
  });
});

describe.skipIf(sharedDir === undefined)("a recorded refusal", () => {
  test("of a gateway that is busy names its cause and the wait", async () => {
    const [busy] = (await recorded("vpn-gateway-429.json")).filter(({ status }) => status === 429);

    expect(refusalFrom(busy ?? { status: 0, body: null })).toMatchObject({
      kind: "later",
      code: expect.not.stringMatching(/^Http/),
      waitSeconds: 11,
    });
  });

  test("of any kind is read into a code and a message", async () => {
    for (const { status, body } of await recorded("errors.json")) {
      const refusal = refusalFrom({ status, body });
      expect(refusal.message).not.toBe("");
      if (typeof body !== "string") expect(refusal.code, JSON.stringify(body)).not.toMatch(/^Http/);
    }
  });
});

const recordingSchema = z.array(z.object({ response: z.object({ status: z.number(), body: z.json() }) }));

async function recorded(file: string): Promise<{ status: number; body: Json }[]> {
  const text = await readFile(join(sharedDir ?? "", "recordings", file), "utf8");
  return recordingSchema
    .parse(JSON.parse(text))
    .map(({ response }) => response)
    .filter(({ status }) => status >= 400);
}
