import { expect, it } from "vitest";
import type { ArmRequest } from "../../../emulator/arm/index.ts";
import { createOperations } from "../../../emulator/arm/operations.ts";
import { manualClock } from "../../../emulator/clock.ts";

const statusPath = "/subscriptions/s/providers/Microsoft.Sql/locations/westus/azureAsyncOperation/{operation}";
const locationPath = "/subscriptions/s/providers/Microsoft.Sql/locations/westus/operationResults/{operation}";

function get(url: string): ArmRequest {
  const { pathname, searchParams } = new URL(url, "https://localhost");
  return {
    method: "GET",
    path: pathname,
    query: searchParams,
    headers: {},
    body: "",
    origin: "https://localhost",
    clientAddress: "127.0.0.1",
    correlationId: "c",
    requestId: "r",
  };
}

function start(failure?: { code: string; message: string }) {
  const clock = manualClock(0);
  const operations = createOperations(clock, 1);
  const finished: string[] = [];
  const plan = { seconds: 30, statusPath, locationPath, ...(failure && { failure }) };
  const headers = operations.start(
    plan,
    get("/databases/d?api-version=2021-11-01"),
    () => finished.push("finished"),
    () => ({ status: 200, body: { name: "d" } }),
  );
  const poll = (header: string) => operations.poll(get(headers[header] ?? ""));
  return { clock, finished, poll };
}

it("a status is InProgress, then Succeeded, while Location gives 202, then the result", async () => {
  const { clock, finished, poll } = start();
  expect(poll("azure-asyncoperation")).toMatchObject({ status: 200, body: { status: "InProgress" } });
  expect(poll("location")).toMatchObject({ status: 202, headers: { "retry-after": "30" } });
  await clock.advance(30_000);
  expect(poll("azure-asyncoperation")).toMatchObject({ body: { status: "Succeeded" } });
  expect(poll("location")).toEqual({ status: 200, body: { name: "d" } });
  expect(finished).toEqual(["finished"]);
});

it("a failed operation tells its error and changes nothing", async () => {
  const { clock, finished, poll } = start({ code: "EncryptionInProgress", message: "Encryption is in progress." });
  await clock.advance(30_000);
  expect(poll("azure-asyncoperation")).toMatchObject({
    body: { status: "Failed", error: { code: "EncryptionInProgress" } },
  });
  expect(finished).toEqual([]);
});
