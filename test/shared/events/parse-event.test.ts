import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { baselines } from "../../../shared/baselines/index.ts";
import { causeSchema } from "../../../shared/events/cause.ts";
import { parseEvent } from "../../../shared/events/parse-event.ts";
import { engineer } from "../../support/engine-world.ts";

const sharedDir = process.env.SHARED_DIR;
const account =
  "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/Cruises/providers/Microsoft.Storage/storageAccounts/passengers";
const objectId = "http://schemas.microsoft.com/identity/claims/objectidentifier";

function event(data: object = {}, more: object = {}): object {
  return {
    topic: "/subscriptions/11111111-1111-4111-8111-111111111111",
    id: "event-1",
    subject: account,
    eventType: "Microsoft.Resources.ResourceWriteSuccess",
    eventTime: "2026-11-23T08:00:00Z",
    dataVersion: "2",
    data: {
      resourceUri: account,
      operationName: "Microsoft.Storage/storageAccounts/write",
      correlationId: "correlation-1",
      claims: { [objectId]: engineer },
      ...data,
    },
    ...more,
  };
}

function parse(of: unknown) {
  return parseEvent(of, baselines);
}

describe("an event", () => {
  test("in Event Grid's schema tells where to look, what was done, by whom and when", () => {
    expect(parse(event())).toMatchObject({
      kind: "change",
      id: { text: account },
      cause: {
        via: "event",
        eventId: "event-1",
        operation: "Microsoft.Storage/storageAccounts/write",
        changedBy: engineer,
        changedAt: "2026-11-23T08:00:00Z",
        correlationId: "correlation-1",
      },
    });
  });

  test("as a CloudEvent says the same", () => {
    const { eventType, eventTime, ...rest } = { eventType: "", eventTime: "", ...event() };

    expect(parse({ ...rest, specversion: "1.0", type: eventType, time: eventTime })).toEqual(parse(event()));
  });

  test("leaves of the claims the object id alone", () => {
    const claims = {
      [objectId]: engineer.toUpperCase(),
      name: "Canary",
      ipaddr: "203.0.113.7",
      upn: "canary@example.com",
    };

    const text = JSON.stringify(parse(event({ claims, httpRequest: { clientIpAddress: "203.0.113.7" } })));

    expect(text).toContain(engineer);
    expect(text).not.toMatch(/canary|203\.0/i);
  });

  test.each([
    ["a name", { [objectId]: "canary@example.com" }],
    ["a structure", { oid: { canary: true } }],
    ["nothing", {}],
  ])("whose object id is %s names nobody", (_what, claims) => {
    const parsed = parse(event({ claims }));

    expect(parsed).toMatchObject({ kind: "change" });
    expect(JSON.stringify(parsed)).not.toMatch(/changedBy|canary/);
  });

  test.each([
    ["fileServices/default", "Microsoft.Storage/storageAccounts/fileServices/write"],
    ["fileServices/default/shares/cabins", "Microsoft.Storage/storageAccounts/fileServices/shares/write"],
  ])("about %s leads to the account", (child, operationName) => {
    const resourceUri = `${account}/${child}`;

    expect(parse(event({ resourceUri, operationName }))).toMatchObject({ kind: "change", id: { text: account } });
  });

  test("about a SAS that was asked for leads to the account", () => {
    const operationName = "microsoft.storage/storageaccounts/LISTACCOUNTSAS/action";
    const parsed = parse(event({ operationName }, { eventType: "Microsoft.Resources.ResourceActionSuccess" }));

    expect(parsed).toMatchObject({ kind: "change", cause: { operation: operationName } });
  });

  test("about a deletion leads to the account, a child's does not", () => {
    const eventType = "Microsoft.Resources.ResourceDeleteSuccess";
    const operationName = "Microsoft.Storage/storageAccounts/delete";
    const child = `${account}/blobServices/default`;

    expect(parse(event({ operationName }, { eventType })).kind).toBe("change");
    expect(parse(event({ operationName: `${operationName}2`, resourceUri: child }, { eventType })).kind).toBe(
      "ignored",
    );
  });

  test("without data.resourceUri is read from its subject", () => {
    expect(parse(event({ resourceUri: undefined }))).toMatchObject({ kind: "change", id: { text: account } });
  });

  test.each([
    ["another type", { resourceUri: account.replace("Storage/storageAccounts", "Compute/virtualMachines") }],
    ["an operation that no baseline names", { operationName: "Microsoft.Storage/storageAccounts/listKeys/action" }],
    [
      "a deployment",
      {
        resourceUri: account.replace("Storage/storageAccounts", "Resources/deployments"),
        operationName: "Microsoft.Resources/deployments/write",
      },
    ],
    ["a resource group", { resourceUri: account.split("/providers/")[0] }],
    ["a subscription", { resourceUri: account.split("/resourcegroups/")[0] }],
  ])("about %s is ignored", (_what, data) => {
    expect(parse(event(data))).toEqual({ kind: "ignored", reason: expect.any(String) });
  });

  test.each<[string, unknown]>([
    ["nothing", undefined],
    ["null", null],
    ["a text", "event"],
    ["a number", 7],
    ["a list", [event()]],
    ["an object without anything", {}],
    ["no data", { ...event(), data: undefined }],
    ["no id", event({}, { id: undefined })],
    ["an id of a wrong type", event({}, { id: 7 })],
    ["an unknown type", event({}, { eventType: "Microsoft.Storage.BlobCreated" })],
    ["a type named like a method of Object", event({}, { eventType: "constructor" })],
    ["no type", event({}, { eventType: undefined })],
    ["an id on another host", event({ resourceUri: `https://evil.example${account}` })],
    ["an id with a parent folder", event({ resourceUri: `${account}/../x` })],
    ["a huge id", event({ resourceUri: `${account}${"a".repeat(1_000_000)}` })],
    ["a huge operation", event({ operationName: "a".repeat(1_000_000) })],
  ])("that is %s is unreadable, and says why", (_what, given) => {
    expect(parse(given)).toEqual({ kind: "unreadable", reason: expect.any(String) });
  });

  test("with values nested a hundred thousand deep is read", () => {
    const deep = JSON.parse(`${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`);

    expect(parse(event({ claims: { deep, [objectId]: engineer } })).kind).toBe("change");
  });

  test("becomes a cause of a few hundred bytes, whatever its size", () => {
    const parsed = parse(
      event({ authorization: { scope: "a".repeat(1_000_000) }, claims: { a: "b".repeat(1_000_000) } }),
    );

    expect(JSON.stringify(parsed.kind === "change" ? causeSchema.parse(parsed.cause) : "").length).toBeLessThan(500);
  });
});

describe.skipIf(sharedDir === undefined)("a documented event", () => {
  test.each([
    "ResourceWriteSuccess.storage.docs-sample.json",
    "ResourceActionSuccess.eventhub-listKeys.docs-sample.json",
  ])("%s is readable once its placeholders are filled in", async (file) => {
    const text = await readFile(join(sharedDir ?? "", "examples", "events", file), "utf8");
    const filled = text
      .replaceAll(/\{subscription-id\}/g, "11111111-1111-4111-8111-111111111111")
      .replaceAll(/\{[\w-]+\}/g, "name");
    const events: unknown = JSON.parse(filled);

    for (const each of Array.isArray(events) ? events : [events]) {
      const parsed = parse(each);
      expect(parsed.kind, JSON.stringify(parsed)).not.toBe("unreadable");
    }
  });
});
