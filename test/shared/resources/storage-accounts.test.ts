import { createEmptyPipeline, createHttpHeaders, type PipelineRequest } from "@azure/core-rest-pipeline";
import { describe, expect, test } from "vitest";
import { type Json, type JsonObject, mergePatch } from "../../../shared/json.ts";
import { storageAccounts } from "../../../shared/resources/storage-accounts.ts";
import { resourceId } from "../../support/things.ts";

const id = resourceId(
  "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/cruises/providers/Microsoft.Storage/storageAccounts/passengers",
);
const signal = new AbortController().signal;
const options = { correlationId: "correlation-1", signal };

/** Documents by path below the account, as a server that knows GET, PATCH and PUT would keep them. */
function served(documents: { [path: string]: Json }, statuses: { [path: string]: number } = {}) {
  const requests: { method: string; path: string }[] = [];
  const pipeline = createEmptyPipeline();
  pipeline.addPolicy({
    name: "served",
    async sendRequest(request: PipelineRequest) {
      const url = new URL(request.url);
      const below = url.pathname.startsWith(id.text) ? url.pathname.slice(id.text.length) : url.pathname;
      const version = url.searchParams.get("api-version") === "2" ? "@2" : "";
      const path = `${below}${url.searchParams.get("$skipToken") ?? ""}${version}`;
      requests.push({ method: request.method, path });
      const sent: Json = typeof request.body === "string" ? JSON.parse(request.body) : null;
      if (request.method === "PUT") documents[path] = sent;
      if (request.method === "PATCH") documents[path] = mergePatch(documents[path], sent);
      const status = statuses[path] ?? (documents[path] === undefined ? 404 : 200);
      const missing = { error: { code: "ResourceNotFound", message: "Not found." } };
      const bodyAsText = JSON.stringify(documents[path] ?? missing);
      return { request, status, headers: createHttpHeaders(), bodyAsText };
    },
  });
  const type = storageAccounts({ endpoint: "https://localhost", apiVersion: "1", pipelineFor: async () => pipeline });
  return { type, documents, requests };
}

const known = { id: id.text, body: {}, parts: {} };

function account(properties: JsonObject = {}): JsonObject {
  return { tags: { a: "b" }, properties: { provisioningState: "Succeeded", ...properties } };
}

describe("a storage account", () => {
  test.each([
    { provisioningState: "Succeeded", settled: true, failed: [] },
    { provisioningState: "ResolvingDNS", settled: false, failed: [] },
    { provisioningState: "Failed", settled: true, failed: [""] },
  ])("that is $provisioningState is settled: $settled", async ({ provisioningState, settled, failed }) => {
    const { type } = served({ "": account({ provisioningState }) });

    const read = await type.read(id, "event", signal, { compliantAt: undefined });

    expect(read).toMatchObject({ settled, failed });
  });

  test("is read with one request, settled or not", async () => {
    const { type, requests } = served({ "": account({ provisioningState: "Creating" }) });

    expect(await type.read(id, "event", signal, { compliantAt: undefined })).toMatchObject({
      kind: "read",
      settled: false,
      resource: { parts: {} },
    });
    expect(requests).toEqual([{ method: "GET", path: "" }]);
  });

  test("that is gone is refused as gone", async () => {
    expect(await served({}).type.read(id, "event", signal, { compliantAt: undefined })).toMatchObject({
      kind: "refused",
      refusal: { kind: "gone" },
    });
  });

  test("is written by a PATCH whose answer shows the whole account", async () => {
    const { type, documents } = served({ "": account({ other: 1 }) });

    const answer = await type.write(
      id,
      { part: "", patch: { properties: { supportsHttpsTrafficOnly: true } } },
      options,
      known,
    );

    expect(documents[""]).toEqual(account({ other: 1, supportsHttpsTrafficOnly: true }));
    expect(answer).toEqual({ kind: "done", body: documents[""] });
  });

  test("that is still changed by the service is looked at later", async () => {
    const { type } = served({ "": account({ provisioningState: "ResolvingDNS" }) });

    expect(await type.write(id, { part: "", patch: {} }, options, known)).toEqual({
      kind: "started",
      lookAgainSeconds: 10,
    });
  });
});

describe("its file service", () => {
  const path = "/fileServices/default";
  const provider = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/Microsoft.Storage";
  const versions = (...apiVersions: string[]) => ({
    resourceTypes: [{ resourceType: "storageAccounts/fileServices", apiVersions }],
  });

  test("is written whole: what others set stays", async () => {
    const properties = { cors: { corsRules: [1] }, protocolSettings: { smb: { versions: "SMB3.1.1" } } };
    const { type, documents } = served({ [path]: { properties }, [provider]: versions("1") });
    const patch = { properties: { protocolSettings: { smb: { encryptionInTransit: { required: false } } } } };

    expect(await type.write(id, { part: "fileServices", patch }, options, known)).toEqual({ kind: "done" });

    expect(documents[path]).toEqual({
      properties: {
        cors: { corsRules: [1] },
        protocolSettings: { smb: { versions: "SMB3.1.1", encryptionInTransit: { required: false } } },
      },
    });
  });

  test("has a setting taken back that a fix made explicit", async () => {
    const explicit = { smb: { versions: "SMB3.1.1", encryptionInTransit: { required: false } } };
    const { type, documents } = served({
      [path]: { properties: { protocolSettings: explicit } },
      [provider]: versions("1"),
    });
    const patch = { properties: { protocolSettings: { smb: { encryptionInTransit: { required: null } } } } };

    expect(await type.write(id, { part: "fileServices", patch }, options, known)).toEqual({ kind: "done" });

    expect(documents[path]).toEqual({
      properties: { protocolSettings: { smb: { versions: "SMB3.1.1", encryptionInTransit: {} } } },
    });
  });

  test("is not written where the newest api-version shows what a PUT with ours would drop, at any depth", async () => {
    const nested = { protocolSettings: { smb: { versions: "SMB3.1.1", multichannelPlus: { enabled: true } } } };
    const { type, requests } = served({
      [path]: { properties: { protocolSettings: { smb: { versions: "SMB3.1.1" } } } },
      [provider]: versions("1", "2", "3-preview"),
      [`${path}@2`]: { properties: nested, sku: { name: "Standard_LRS" } },
    });

    const answer = await type.write(id, { part: "fileServices", patch: {} }, options, known);

    const refusal = { kind: "invalid", own: "write-would-lose" };
    expect(answer).toMatchObject({ kind: "refused", refusal, unsent: true });
    expect(JSON.stringify(answer)).toContain("properties.protocolSettings.smb.multichannelPlus.");
    expect(requests.map(({ method }) => method)).toEqual(["GET", "GET", "GET"]);
  });

  test("is not written where it can't be read", async () => {
    const { type, requests } = served({ [path]: { error: { code: "Busy" } } }, { [path]: 503 });

    expect(await type.write(id, { part: "fileServices", patch: {} }, options, known)).toMatchObject({
      kind: "refused",
      unsent: true,
    });
    expect(requests.map(({ method }) => method)).toEqual(["GET"]);
  });

  test("that was written and can't be read back waits for a later read: the write may hold", async () => {
    const { type, requests } = served(
      { [path]: { properties: {} }, [provider]: versions("1") },
      {
        get [path]() {
          const isReadBack = requests.at(-1)?.method === "GET" && requests.some(({ method }) => method === "PUT");
          return isReadBack ? 503 : 200;
        },
      },
    );

    expect(await type.write(id, { part: "fileServices", patch: {} }, options, known)).toMatchObject({
      kind: "started",
    });
  });

  test("and shares are none for a kind of account that has no files", async () => {
    const unsupported = { error: { code: "FeatureNotSupportedForAccount", message: "" } };
    const documents = { [path]: unsupported, [`${path}/shares`]: unsupported };
    const { type } = served(documents, { [path]: 400, [`${path}/shares`]: 400 });

    const read = await type.readParts(id, ["fileServices", "fileShares"], signal, known);

    expect(read).toEqual({ kind: "read", parts: { fileServices: null, fileShares: [] } });
  });

  test("has the shares of all pages, asked of our own endpoint whatever the next link says", async () => {
    const shares = `${path}/shares`;
    const { type, requests } = served({
      [shares]: { value: [{ name: "a" }], nextLink: "https://evil.example/x?$skipToken=/2" },
      [`${shares}/2`]: { value: [{ name: "b" }], nextLink: "" },
    });

    const read = await type.readParts(id, ["fileShares"], signal, known);

    expect(read).toEqual({ kind: "read", parts: { fileShares: [{ name: "a" }, { name: "b" }] } });
    expect(requests).toHaveLength(2);
  });

  test("is no part by another name", async () => {
    await expect(served({}).type.readParts(id, ["queues"], signal, known)).rejects.toThrow("no part queues");
  });
});
