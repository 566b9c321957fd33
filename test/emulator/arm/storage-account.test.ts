import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { account, callers, errorOf, type LocalArm, startLocalArm } from "./local-arm.ts";

let local: LocalArm;
beforeEach(async () => {
  local = await startLocalArm();
});
afterEach(() => local.arm.close());

const newAccount = { sku: { name: "Standard_LRS" }, kind: "StorageV2", location: "westus" } as const;

describe("a storage account through the real client", () => {
  it("is created by a long operation, with secure transfer on and TLS 1.0 allowed", async () => {
    const created = await local.storage.storageAccounts.create("rg1", "contoso", newAccount);
    expect(created.enableHttpsTrafficOnly).toBe(true);
    expect(created.minimumTlsVersion).toBe("TLS1_0");
    expect(created.provisioningState).toBe("Succeeded");
  });

  it("keeps what an update does not send", async () => {
    local.arm.seed(account, { tags: { team: "booking" }, properties: { supportsHttpsTrafficOnly: false } });
    const updated = await local.storage.storageAccounts.update("rg1", "contoso", { enableHttpsTrafficOnly: true });
    expect(updated.enableHttpsTrafficOnly).toBe(true);
    expect(updated.tags).toEqual({ team: "booking" });
    expect(updated.minimumTlsVersion).toBe("TLS1_0");
  });

  it("raises an event with the caller, the operation and the client's correlation id", async () => {
    local.arm.seed(account, {});
    const correlationId = "abcdefab-0000-4000-8000-000000000001";
    await local.storage.storageAccounts.update(
      "rg1",
      "contoso",
      { minimumTlsVersion: "TLS1_2" },
      { requestOptions: { headers: { "x-ms-correlation-request-id": correlationId } } },
    );
    expect(local.events).toHaveLength(1);
    const [event] = local.events;
    expect(event).toMatchObject({
      eventType: "Microsoft.Resources.ResourceWriteSuccess",
      data: { correlationId, operationName: "Microsoft.Storage/storageAccounts/write", status: "Succeeded" },
    });
    expect(event?.data.claims).toMatchObject({
      "http://schemas.microsoft.com/identity/claims/objectidentifier": callers.ops?.objectId,
      name: "ops@contoso.example",
    });
    expect(event?.subject.toLowerCase()).toBe(account.toLowerCase());
  });

  it("is listed by group and by subscription", async () => {
    local.arm.seed(account, {});
    const names: (string | undefined)[] = [];
    for await (const each of local.storage.storageAccounts.list()) names.push(each.name);
    for await (const each of local.storage.storageAccounts.listByResourceGroup("rg1")) names.push(each.name);
    expect(names).toEqual(["contoso", "contoso"]);
  });
});

it("an unknown account answers 404 as ARM does", async () => {
  const answer = await local.send("GET", `${account}?api-version=2023-05-01`);
  expect(answer.status).toBe(404);
  expect(answer.headers["x-ms-failure-cause"]).toBe("gateway");
  expect(errorOf(answer).code).toBe("ResourceNotFound");
});
