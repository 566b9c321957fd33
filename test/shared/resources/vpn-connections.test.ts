import { createEmptyPipeline, createHttpHeaders, type PipelineRequest } from "@azure/core-rest-pipeline";
import { describe, expect, test } from "vitest";
import { isJsonObject, type Json, type JsonObject } from "../../../shared/json.ts";
import { vpnConnections } from "../../../shared/resources/vpn-connections.ts";
import { resourceId } from "../../support/things.ts";

const subscriptionId = "11111111-1111-4111-8111-111111111111";
const elsewhere = "22222222-2222-4222-8222-222222222222";
const network = (subscription = subscriptionId) =>
  `/subscriptions/${subscription}/resourceGroups/cruises/providers/Microsoft.Network`;
const id = resourceId(`${network()}/connections/out`);
const back = `${network()}/connections/back`;
const [east, west] = [`${network()}/virtualNetworkGateways/east`, `${network()}/virtualNetworkGateways/west`] as const;
const provider = `/subscriptions/${subscriptionId}/providers/Microsoft.Network`;
const signal = new AbortController().signal;
const options = { correlationId: "correlation-1", signal };
const policy = { ikeEncryption: "GCMAES256" };
const patch = { properties: { ipsecPolicies: [policy] } };

interface Answer {
  status?: number;
  headers?: { [name: string]: string };
  body: Json;
}

/** A server that knows these answers, by path or by path and api-version; a PUT is answered with what was sent. */
function served(answers: { [path: string]: Answer | undefined }, unsure: string[] = []) {
  const requests: { method: string; path: string; version: string; body: Json }[] = [];
  const pipeline = createEmptyPipeline();
  pipeline.addPolicy({
    name: "served",
    async sendRequest(request: PipelineRequest) {
      const url = new URL(request.url);
      const version = url.searchParams.get("api-version") ?? "";
      const path = `${url.pathname}${url.searchParams.get("$skipToken") ?? ""}`;
      const body: Json = typeof request.body === "string" ? JSON.parse(request.body) : null;
      requests.push({ method: request.method, path, version, body });
      const known = answers[`${request.method} ${path}`] ?? answers[`${path}@${version}`] ?? answers[path];
      const missing: Answer = { status: 404, body: { error: { code: "ResourceNotFound", message: "Not found." } } };
      const { status = 200, headers = {}, body: answer } = known ?? missing;
      return { request, status, headers: createHttpHeaders(headers), bodyAsText: JSON.stringify(answer) };
    },
  });
  const type = vpnConnections({
    endpoint: "https://localhost",
    apiVersion: "2024-05-01",
    pipelineFor: async () => pipeline,
    scopes: () => ({ scopes: [{ subscriptionId }], unsure }),
  });
  return { type, requests, put: () => requests.find(({ method }) => method === "PUT") };
}

function connection(properties: JsonObject = {}, more: JsonObject = {}): JsonObject {
  const ends = { virtualNetworkGateway1: { id: east } };
  const own = { provisioningState: "Succeeded", resourceGuid: "guid-1", connectionType: "IPsec", ...ends };
  return { id: id.text, name: "out", location: "westus", etag: "W/1", ...more, properties: { ...own, ...properties } };
}

/** A provider whose newest api-version is ours; another one where it is told. */
function versions(newest = "2024-05-01"): Answer {
  const apiVersions = ["2024-05-01", newest, "2099-01-01-preview"];
  return { body: { resourceTypes: [{ resourceType: "connections", apiVersions }] } };
}

/** A connection that is written: as it is read, and as the PUT is answered. */
function writable(before: JsonObject, more: { [path: string]: Answer } = {}) {
  return served({
    [id.text]: { body: before },
    [provider]: versions(),
    [`PUT ${id.text}`]: {
      body: before,
      headers: { "azure-asyncoperation": "https://localhost/op", "retry-after": "7" },
    },
    ...more,
  });
}

function known(otherEnd: Json = null) {
  return { id: id.text, body: connection(), parts: { otherEnd } };
}

describe("a connection's read", () => {
  test.each([
    { provisioningState: "Succeeded", settled: true, failed: [] },
    { provisioningState: "Updating", settled: false, failed: [] },
    { provisioningState: "Deleting", settled: false, failed: [] },
    { provisioningState: "Failed", settled: true, failed: [""] },
  ])("takes $provisioningState for settled: $settled", async ({ provisioningState, settled, failed }) => {
    const { type } = served({ [id.text]: { body: connection({ provisioningState }) } });

    const read = await type.read(id, "event", signal, { compliantAt: undefined });

    expect(read).toMatchObject({ kind: "read", settled, failed });
  });

  test("has no key in it", async () => {
    const { type } = served({ [id.text]: { body: connection({ sharedKey: "fake-key" }) } });

    const read = await type.read(id, "event", signal, { compliantAt: undefined });

    expect(JSON.stringify(read)).not.toContain("fake-key");
  });

  test("of something that is no connection is asked again", async () => {
    const { type } = served({ [id.text]: { body: { hello: "world" } } });

    expect(await type.read(id, "event", signal, { compliantAt: undefined })).toMatchObject({
      refusal: { kind: "later", own: "answer-unexpected" },
    });
  });
});

describe("what has to be taken before a connection is written", () => {
  test("is its gateway", async () => {
    const { type } = served({ [id.text]: { body: connection() } });

    expect((await type.unitsOf?.(id, signal))?.map(({ text }) => text)).toEqual([east]);
  });

  test.each([
    [east, west],
    [west, east],
  ])("is both gateways of VNet-to-VNet, in one order whichever end it is: %s", async (first, second) => {
    const gateways = { virtualNetworkGateway1: { id: first }, virtualNetworkGateway2: { id: second } };
    const { type } = served({ [id.text]: { body: connection({ connectionType: "Vnet2Vnet", ...gateways }) } });

    expect((await type.unitsOf?.(id, signal))?.map(({ text }) => text)).toEqual([east, west]);
  });

  test("is the connection itself where it can't be read", async () => {
    expect((await served({}).type.unitsOf?.(id, signal))?.map(({ text }) => text)).toEqual([id.text]);
  });
});

describe("the other end", () => {
  const gateways = { virtualNetworkGateway1: { id: east }, virtualNetworkGateway2: { id: west } };
  const pair = connection({ connectionType: "Vnet2Vnet", ...gateways });
  const comingBack = (more: JsonObject = {}, resource = back) => ({
    id: resource,
    properties: {
      virtualNetworkGateway1: { id: west.toUpperCase() },
      virtualNetworkGateway2: { id: east },
      ipsecPolicies: [policy],
      provisioningState: "Succeeded",
      ...more,
    },
  });
  const list = `${west}/connections`;

  async function read(answers: { [path: string]: Answer }, body = pair) {
    const { type, requests } = served(answers);
    const parts = await type.readParts(id, ["otherEnd"], signal, { id: id.text, body, parts: {} });
    return { parts, requests };
  }

  test("is the connection that comes back from the other gateway, with its policies", async () => {
    const { parts } = await read({ [list]: { body: { value: [pair, comingBack()] } } });

    expect(parts).toMatchObject({
      parts: { otherEnd: { id: back, status: "readable", properties: { ipsecPolicies: [policy] } } },
      settled: true,
      failed: [],
    });
  });

  test.each([
    { provisioningState: "Updating", settled: false, failed: [] },
    { provisioningState: "Failed", settled: true, failed: ["otherEnd"] },
  ])("that is $provisioningState says so, though it shows the goal", async ({ provisioningState, settled, failed }) => {
    const { parts } = await read({ [list]: { body: { value: [comingBack({ provisioningState })] } } });

    expect(parts).toMatchObject({ settled, failed });
  });

  test("is looked for on all pages, asked of our own endpoint whatever the next link says", async () => {
    const nextLink = "https://evil.example/x?api-version=1999-01-01&$skipToken=/2";
    const { parts, requests } = await read({
      [list]: { body: { value: [], nextLink } },
      [`${list}/2`]: { body: { value: [comingBack()] } },
    });

    expect(parts).toMatchObject({ parts: { otherEnd: { status: "readable" } } });
    expect(requests.map(({ version }) => version)).toEqual(["2024-05-01", "2024-05-01"]);
  });

  test.each<[string, { [path: string]: Answer }, string]>([
    ["no connection comes back", { [list]: { body: { value: [pair] } } }, "missing"],
    ["the gateway is gone", {}, "missing"],
    [
      "reading is not allowed",
      { [list]: { status: 403, body: { error: { code: "AuthorizationFailed", message: "" } } } },
      "unreadable",
    ],
    [
      "it lies outside the scopes",
      { [list]: { body: { value: [comingBack({}, `${network(elsewhere)}/connections/back`)] } } },
      "out-of-scope",
    ],
  ])("is told with the reason where %s", async (_what, answers, status) => {
    expect((await read(answers)).parts).toMatchObject({ parts: { otherEnd: { status } } });
  });

  test("behind a gateway outside the scopes is not even asked for", async () => {
    const far = { id: `${network(elsewhere)}/virtualNetworkGateways/far` };
    const { parts, requests } = await read(
      {},
      connection({ connectionType: "Vnet2Vnet", virtualNetworkGateway2: far }),
    );

    expect(parts).toMatchObject({ parts: { otherEnd: { status: "out-of-scope" } } });
    expect(requests).toEqual([]);
  });

  test("that may be in a management group which can't be read is neither asked for nor called outside", async () => {
    const far = { id: `${network(elsewhere)}/virtualNetworkGateways/far` };
    const { type, requests } = served({}, ["lines"]);
    const body = connection({ connectionType: "Vnet2Vnet", virtualNetworkGateway2: far });

    const reading = type.readParts(id, ["otherEnd"], signal, { id: id.text, body, parts: {} });

    await expect(reading).rejects.toMatchObject({ code: "scopes-unknown" });
    expect(requests).toEqual([]);
  });

  test("is none of a site-to-site connection", async () => {
    expect((await read({}, connection())).parts).toMatchObject({ parts: { otherEnd: null } });
  });

  test("is asked again where its list can't be read now", async () => {
    const busy = { status: 503, body: { error: { code: "ServiceUnavailable", message: "" } } };

    expect((await read({ [list]: busy })).parts).toMatchObject({ kind: "refused", refusal: { kind: "later" } });
  });
});

describe("a write", () => {
  test("is a PUT of all that was read, the key in it, without what the service sets", async () => {
    const set = { connectionStatus: "Connected", ingressBytesTransferred: 7, packetCaptureDiagnosticState: "None" };
    const kept = { sharedKey: "fake-key", routingWeight: 3, usePolicyBasedTrafficSelectors: false };
    const { type, put } = writable(connection({ ...set, ...kept, ipsecPolicies: [] }, { tags: { line: "north" } }));

    const answer = await type.write(id, { part: "", patch }, options, known());

    expect(answer).toEqual({ kind: "started", lookAgainSeconds: 7, operation: "https://localhost/op" });
    expect(put()?.body).toEqual({
      id: id.text,
      name: "out",
      location: "westus",
      tags: { line: "north" },
      properties: {
        connectionType: "IPsec",
        virtualNetworkGateway1: { id: east },
        ...kept,
        ipsecPolicies: [policy],
      },
    });
  });

  test("is refused where the newest api-version shows what a PUT with ours would drop, at any depth", async () => {
    const newer = connection(
      { tunnelProperties: [{ pre: 1 }], virtualNetworkGateway1: { id: east, label: "a" } },
      { zones: ["1"] },
    );
    const { type, put } = writable(connection(), {
      [provider]: versions("2025-07-01"),
      [`${id.text}@2025-07-01`]: { body: newer },
    });

    const answer = await type.write(id, { part: "", patch }, options, known());

    expect(answer).toMatchObject({ kind: "refused", refusal: { kind: "invalid", own: "write-would-lose" } });
    expect(JSON.stringify(answer)).toContain(
      "zones, properties.virtualNetworkGateway1.label, properties.tunnelProperties.",
    );
    expect(put()).toBeUndefined();
  });

  test("is made where the newest api-version shows nothing more than what the service sets", async () => {
    const newer = connection({ tunnelConnectionStatus: [{ tunnel: "a" }], newList: [], newObject: {}, nothing: null });
    const { type, put } = writable(connection(), {
      [provider]: versions("2025-07-01"),
      [`${id.text}@2025-07-01`]: { body: newer },
    });

    expect(await type.write(id, { part: "", patch }, options, known())).toMatchObject({ kind: "started" });
    expect(put()?.version).toBe("2024-05-01");
  });

  test.each(["provider", "newest"])("is not made where that can't be found out: %s", async (failing) => {
    const busy = { status: 503, body: { error: { code: "ServiceUnavailable", message: "" } } };
    const { type, put } = writable(connection(), {
      [provider]: failing === "provider" ? busy : versions("2025-07-01"),
      [`${id.text}@2025-07-01`]: busy,
    });

    expect(await type.write(id, { part: "", patch }, options, known())).toMatchObject({ refusal: { kind: "later" } });
    expect(put()).toBeUndefined();
  });

  test("that met a connection made anew says so", async () => {
    const { type } = writable(connection(), { [`PUT ${id.text}`]: { body: connection({ resourceGuid: "guid-2" }) } });

    expect(await type.write(id, { part: "", patch }, options, known())).toMatchObject({
      kind: "refused",
      refusal: { kind: "invalid", own: "connection-replaced" },
    });
  });

  test("waits as long as an update takes where Azure does not say", async () => {
    const { type } = writable(connection(), { [`PUT ${id.text}`]: { body: connection() } });

    expect(await type.write(id, { part: "", patch }, options, known())).toEqual({
      kind: "started",
      lookAgainSeconds: 30,
    });
  });

  test("to the other end goes to the connection that was read as such, and names it as its target", async () => {
    const { type, put } = writable(connection(), {
      [back]: { body: connection({}, { id: back, name: "back" }) },
      [`PUT ${back}`]: { body: connection() },
    });
    const change = { part: "otherEnd", patch };
    const resource = known({ id: back, status: "readable" });

    expect(await type.write(id, change, options, resource)).toMatchObject({ kind: "started" });

    expect(put()?.path).toBe(back);
    expect(type.targetOf?.(change, resource)?.text).toBe(back);
    expect(type.targetOf?.({ part: "", patch }, resource)).toBeUndefined();
  });

  test.each<[string, Json]>([
    ["was not found", { status: "missing" }],
    ["lies outside the scopes", { id: `${network(elsewhere)}/connections/back`, status: "readable" }],
  ])("to another end that %s is not made", async (_what, otherEnd) => {
    const { type, requests } = writable(connection());

    const answer = await type.write(id, { part: "otherEnd", patch }, options, known(otherEnd));

    expect(answer).toMatchObject({ refusal: { kind: "invalid", own: "other-end-missing" } });
    expect(requests).toEqual([]);
  });
});

test("the part gateway is this end's gateway, and null where the connection names none", async () => {
  const { type } = served({ [east]: { body: { properties: { vpnType: "RouteBased" } } } });
  const of = async (body: JsonObject) => {
    const read = await type.readParts(id, ["gateway"], signal, { id: id.text, body, parts: {} });
    return read.kind === "read" && isJsonObject(read.parts.gateway) ? read.parts.gateway.properties : null;
  };

  expect(await of(connection())).toEqual({ vpnType: "RouteBased" });
  expect(await of({ properties: {} })).toBeNull();
});
