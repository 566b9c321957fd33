import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { account, errorOf, type LocalArm, startLocalArm } from "./local-arm.ts";

let local: LocalArm;
beforeEach(async () => {
  local = await startLocalArm();
  local.arm.seed(account, {});
});
afterEach(() => local.arm.close());

const files = `${account}/fileServices/default`;
const smb = { versions: "SMB3.1.1", channelEncryption: "AES-256-GCM" };

describe("the file service", () => {
  it("answers a PUT with what was sent, and a GET with all", async () => {
    const sent = { protocolSettings: { smb } };
    const written = await local.send("PUT", `${files}?api-version=2023-05-01`, { body: { properties: sent } });
    expect(written.body).toMatchObject({ name: "default" });
    expect(written.body).toHaveProperty("properties", sent);
    const read = await local.storage.fileServices.getServiceProperties("rg1", "contoso");
    expect(read.protocolSettings?.smb).toMatchObject(smb);
    expect(read.shareDeleteRetentionPolicy).toMatchObject({ enabled: true, days: 7 });
  });

  it("shows and takes encryption in transit only with an api-version that knows it", async () => {
    const required = { encryptionInTransit: { required: true } };
    const body = { properties: { protocolSettings: { smb: { ...smb, ...required }, nfs: required } } };
    await local.send("PUT", `${files}?api-version=2025-06-01`, { body });
    const [before, after] = [
      await local.send("GET", `${files}?api-version=2024-01-01`),
      await local.send("GET", `${files}?api-version=2025-06-01`),
    ];
    expect(JSON.stringify(before.body)).not.toContain("encryptionInTransit");
    expect(after.body).toMatchObject(body);
    await local.send("PUT", `${files}?api-version=2023-05-01`, {
      body: { properties: { protocolSettings: { smb: {} } } },
    });
    const kept = await local.send("GET", `${files}?api-version=2025-06-01`);
    expect(kept.body).toMatchObject({ properties: { protocolSettings: { smb: required, nfs: required } } });
  });

  it("refuses multichannel on a standard account, and SMB versions that there are not", async () => {
    const put = (settings: object) =>
      local.send("PUT", `${files}?api-version=2023-05-01`, {
        body: JSON.stringify({ properties: { protocolSettings: { smb: settings } } }),
      });
    expect(errorOf(await put({ multichannel: { enabled: true } })).code).toBe("FeatureNotSupportedForAccount");
    expect((await put({ versions: "SMB9" })).status).toBe(400);
  });

  it("raises an event for a write, under its own operation", async () => {
    await local.send("PUT", `${files}?api-version=2023-05-01`, { body: { properties: { protocolSettings: { smb } } } });
    expect(local.events[0]?.data.operationName).toBe("Microsoft.Storage/storageAccounts/fileServices/write");
  });
});

describe("shares and containers", () => {
  it("a share is SMB unless NFS was asked for, which needs a FileStorage account", async () => {
    await local.storage.fileShares.create("rg1", "contoso", "photos", { shareQuota: 10 });
    const read = await local.storage.fileShares.get("rg1", "contoso", "photos");
    expect([read.enabledProtocols, read.shareQuota]).toEqual(["SMB", 10]);
    const body = { properties: { enabledProtocols: "NFS" } };
    const refused = await local.send("PUT", `${files}/shares/nfs1?api-version=2023-05-01`, { body });
    expect(refused.status).toBe(409);
    local.arm.seed(account, { kind: "FileStorage", sku: { name: "Premium_LRS" } });
    const created = await local.send("PUT", `${files}/shares/nfs1?api-version=2023-05-01`, { body });
    expect([created.status, created.body]).toMatchObject([201, body]);
  });

  it("lists come in pages that a client follows", async () => {
    for (const name of ["aaa", "bbb", "ccc"]) local.arm.seed(`${files}/shares/${name}`, {});
    const names: (string | undefined)[] = [];
    for await (const share of local.storage.fileShares.list("rg1", "contoso", { maxpagesize: "2" }))
      names.push(share.name);
    expect(names).toEqual(["aaa", "bbb", "ccc"]);
  });

  it("a container has an etag that changes with it, and is missed by the provider", async () => {
    const created = await local.storage.blobContainers.create("rg1", "contoso", "music", {});
    const updated = await local.storage.blobContainers.update("rg1", "contoso", "music", { metadata: { a: "b" } });
    expect(created.etag).not.toBe(updated.etag);
    const missing = await local.send("GET", `${account}/blobServices/default/containers/none?api-version=2023-05-01`);
    expect([missing.status, errorOf(missing).code]).toEqual([404, "ContainerNotFound"]);
  });
});
