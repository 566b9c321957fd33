import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { account, callers, errorOf, group, type LocalArm, startLocalArm, subscriptionId } from "./local-arm.ts";

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

  it("is named in events with resourceGroups and with resourcegroups", async () => {
    local.arm.seed(account, {});
    for (const team of ["a", "b", "c"])
      await local.storage.storageAccounts.update("rg1", "contoso", { tags: { team } });
    const spellings = local.events.map(({ subject }) => subject.split("/")[3]);
    expect(new Set(spellings)).toEqual(new Set(["resourceGroups", "resourcegroups"]));
  });

  it("is listed by group and by subscription", async () => {
    local.arm.seed(account, {});
    const names: (string | undefined)[] = [];
    for await (const each of local.storage.storageAccounts.list()) names.push(each.name);
    for await (const each of local.storage.storageAccounts.listByResourceGroup("rg1")) names.push(each.name);
    expect(names).toEqual(["contoso", "contoso"]);
  });
});

describe("what an account is asked for", () => {
  const version = "api-version=2023-05-01";
  const secure = { properties: { supportsHttpsTrafficOnly: true } };

  it("is refused when a value is none of the allowed ones, and nothing changes", async () => {
    local.arm.seed(account, { properties: { supportsHttpsTrafficOnly: false } });
    const body = { properties: { supportsHttpsTrafficOnly: true, minimumTlsVersion: "TLS9" } };
    const answer = await local.send("PATCH", `${account}?${version}`, { body });
    expect(answer.status).toBe(400);
    expect(errorOf(answer).message).toContain("minimumTlsVersion");
    expect(local.arm.resources.get(account)?.body.properties).toMatchObject({ supportsHttpsTrafficOnly: false });
    expect(local.events).toEqual([]);
  });

  it("is refused whole for a SAS policy while a key was never rotated", async () => {
    local.arm.seed(account, {
      properties: { supportsHttpsTrafficOnly: false, keyCreationTime: { key1: null, key2: null } },
    });
    const sasPolicy = { sasExpirationPeriod: "1.00:00:00", expirationAction: "Log" };
    const both = await local.send("PATCH", `${account}?${version}`, {
      body: { properties: { ...secure.properties, sasPolicy } },
    });
    expect(both.status).toBe(400);
    expect(local.arm.resources.get(account)?.body.properties).toMatchObject({ supportsHttpsTrafficOnly: false });
    for (const keyName of ["key1", "key2"]) {
      await local.send("POST", `${account}/regenerateKey?${version}`, { body: { keyName } });
    }
    const after = await local.send("PATCH", `${account}?${version}`, { body: { properties: { sasPolicy } } });
    expect(after).toMatchObject({ status: 200, body: { properties: { sasPolicy } } });
  });

  it("ignores read-only and unknown properties", async () => {
    local.arm.seed(account, {});
    const answer = await local.send("PATCH", `${account}?${version}`, {
      body: { properties: { provisioningState: "Failed", creationTime: "2000-01-01", unheardOf: 1 } },
    });
    expect(answer).toMatchObject({ status: 200, body: { properties: { provisioningState: "Succeeded" } } });
    expect(JSON.stringify(answer.body)).not.toContain("unheardOf");
  });

  it("defaults to no secure transfer when created with an api-version before 2019-04-01", async () => {
    await local.send("PUT", `${account}?api-version=2018-07-01`, { body: newAccount });
    const read = await local.send("GET", `${account}?${version}`);
    expect(read.body).toMatchObject({ properties: { supportsHttpsTrafficOnly: false } });
  });

  it("clears a custom domain by an empty name", async () => {
    local.arm.seed(account, { properties: { customDomain: { name: "files.contoso.example" } } });
    const answer = await local.send("PATCH", `${account}?${version}`, {
      body: { properties: { customDomain: { name: "" } } },
    });
    expect(JSON.stringify(answer.body)).not.toContain("customDomain");
  });

  it.each([
    [
      "a bad name",
      `${group}/providers/Microsoft.Storage/storageAccounts/Bad_Name`,
      newAccount,
      400,
      "AccountNameInvalid",
    ],
    ["no location", account, { sku: { name: "Standard_LRS" }, kind: "StorageV2" }, 400, "LocationRequired"],
    ["no sku", account, { kind: "StorageV2", location: "westus" }, 400, "InvalidValuesForRequestParameters"],
    [
      "a group that is not there",
      `/subscriptions/${subscriptionId}/resourceGroups/none/providers/Microsoft.Storage/storageAccounts/contoso`,
      newAccount,
      404,
      "ResourceGroupNotFound",
    ],
  ])("is not created with %s", async (_case, id, body, status, code) => {
    const answer = await local.send("PUT", `${id}?${version}`, { body });
    expect([answer.status, errorOf(answer).code]).toEqual([status, code]);
  });

  it("is not created under a name that another account has", async () => {
    local.arm.seed(
      `/subscriptions/${subscriptionId}/resourceGroups/rg2/providers/Microsoft.Storage/storageAccounts/contoso`,
      {},
    );
    const answer = await local.send("PUT", `${account}?${version}`, { body: newAccount });
    expect([answer.status, errorOf(answer).code]).toEqual([409, "StorageAccountInAnotherResourceGroup"]);
  });

  it("answers ids in any case", async () => {
    local.arm.seed(account, {});
    const answer = await local.send("GET", `${account.toUpperCase()}?${version}`);
    expect(answer).toMatchObject({ status: 200, body: { id: account } });
  });

  it("is gone after a delete, whose event tells of it; a second delete answers 204", async () => {
    local.arm.seed(account, {});
    expect((await local.send("DELETE", `${account}?${version}`)).status).toBe(200);
    expect((await local.send("DELETE", `${account}?${version}`)).status).toBe(204);
    expect(local.events.map(({ eventType }) => eventType)).toEqual(["Microsoft.Resources.ResourceDeleteSuccess"]);
  });
});

describe("secrets of an account", () => {
  const canary = "Q0FOQVJZLUNBTkFSWS1DQU5BUlk=";

  it("are given by listKeys, which raises an event, and by no read", async () => {
    local.arm.seed(account, { keys: { key1: canary } });
    const listed = await local.storage.storageAccounts.listKeys("rg1", "contoso");
    expect(listed.keys?.[0]?.value).toBe(canary);
    const read = await local.send("GET", `${account}?api-version=2023-05-01`);
    expect(JSON.stringify(read.body)).not.toContain(canary);
    expect(local.events).toMatchObject([
      {
        eventType: "Microsoft.Resources.ResourceActionSuccess",
        data: { operationName: "Microsoft.Storage/storageAccounts/listKeys/action", httpRequest: { method: "POST" } },
      },
    ]);
    expect(JSON.stringify(local.events)).not.toContain(canary);
  });

  it("sign a SAS that says HTTPS only when it was asked to", async () => {
    local.arm.seed(account, {});
    const asked = {
      services: "b",
      resourceTypes: "s",
      permissions: "r",
      sharedAccessExpiryTime: new Date("2030-01-01"),
    };
    const plain = await local.storage.storageAccounts.listAccountSAS("rg1", "contoso", asked);
    const https = await local.storage.storageAccounts.listAccountSAS("rg1", "contoso", {
      ...asked,
      protocols: "https",
    });
    expect(plain.accountSasToken).not.toContain("spr=");
    expect(https.accountSasToken).toContain("spr=https");
    expect(local.events.map(({ data }) => data.operationName)).toEqual(
      Array(2).fill("Microsoft.Storage/storageAccounts/listAccountSas/action"),
    );
  });
});
