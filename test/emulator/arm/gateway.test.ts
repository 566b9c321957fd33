import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { account, errorOf, group, type LocalArm, startLocalArm, subscriptionId, tenantId } from "./local-arm.ts";

let local: LocalArm;
beforeAll(async () => {
  local = await startLocalArm();
});
afterAll(() => local.arm.close());

const unknown = "/subscriptions/99999999-9999-4999-8999-999999999999";
const v = "api-version=2023-05-01";

describe("ARM refuses, with its own code,", () => {
  it.each([
    ["no api-version", "GET", account, 400, "MissingApiVersionParameter"],
    ["an api-version that is no date", "GET", `${account}?api-version=latest`, 400, "InvalidApiVersionParameter"],
    ["an unknown subscription", "GET", `${unknown}/resourceGroups/rg1?${v}`, 404, "SubscriptionNotFound"],
    ["an unknown group", "GET", `${group}x?${v}`, 404, "ResourceGroupNotFound"],
    ["an unknown account", "GET", `${account}?${v}`, 404, "ResourceNotFound"],
    ["a part of an unknown account", "GET", `${account}/fileServices/default?${v}`, 404, "ResourceNotFound"],
    ["a write below an unknown account", "PUT", `${account}/fileServices/default?${v}`, 404, "ParentResourceNotFound"],
    ["an unknown type", "GET", `${group}/providers/Microsoft.Storage/boxes/b?${v}`, 404, "InvalidResourceType"],
    ["an unknown provider", "GET", `${group}/providers/Contoso.Ships/ships/s?${v}`, 404, "InvalidResourceNamespace"],
  ])("%s", async (_case, method, path, status, code) => {
    const answer = await local.send(method, path);
    expect([answer.status, errorOf(answer).code]).toEqual([status, code]);
    expect(answer.headers["x-ms-failure-cause"]).toBe("gateway");
  });

  it("a body that is not JSON", async () => {
    const answer = await local.send("PUT", `${account}?${v}`, { body: "{ not json" });
    expect([answer.status, errorOf(answer).code]).toEqual([400, "InvalidRequestContent"]);
  });

  it("no token, and one that it does not know, with a challenge", async () => {
    const none = await local.send("GET", `${group}?${v}`, { as: "" });
    const wrong = await local.send("GET", `${group}?${v}`, { as: "stranger" });
    expect([none.status, errorOf(none).code]).toEqual([401, "AuthenticationFailed"]);
    expect([wrong.status, errorOf(wrong).code]).toEqual([401, "InvalidAuthenticationToken"]);
    expect(none.headers["www-authenticate"]).toContain(tenantId);
  });
});

describe("every answer", () => {
  it("carries a request id, and the correlation id that the client set", async () => {
    const correlationId = "abcdefab-0000-4000-8000-000000000002";
    const answer = await local.send("GET", `${group}?${v}`, {
      headers: { "x-ms-correlation-request-id": correlationId },
    });
    expect(answer.headers["x-ms-correlation-request-id"]).toBe(correlationId);
    expect(answer.headers["x-ms-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
    expect(answer.headers["x-ms-ratelimit-remaining-subscription-reads"]).toMatch(/^\d+$/);
  });

  it("is kept in the list of requests, with the caller", async () => {
    await local.send("GET", `${group}?${v}`, { as: "guard" });
    expect(local.arm.requests.at(-1)).toMatchObject({
      method: "GET",
      path: group,
      apiVersion: "2023-05-01",
      caller: "33333333-3333-4333-8333-333333333333",
      status: 200,
    });
  });
});

describe("what az asks for", () => {
  it("lists subscriptions with their tenant", async () => {
    const answer = await local.send("GET", "/subscriptions?api-version=2019-11-01");
    expect(answer.body).toMatchObject({
      value: [{ subscriptionId, tenantId, displayName: "Cruises", state: "Enabled" }],
    });
  });

  it("describes the cloud without a token", async () => {
    const answer = await local.send("GET", "/metadata/endpoints?api-version=2022-09-01", { as: "" });
    expect(answer).toMatchObject({ status: 200, body: { resourceManager: local.arm.endpoint } });
  });

  it("lists the api-versions of a provider", async () => {
    const answer = await local.send("GET", `/subscriptions/${subscriptionId}/providers/Microsoft.Storage?${v}`);
    expect(JSON.stringify(answer.body)).toContain('"resourceType":"storageAccounts"');
  });
});

it("a group answers HEAD by its status alone, and lists with the others", async () => {
  expect((await local.send("HEAD", `${group}?${v}`)).status).toBe(204);
  expect((await local.send("HEAD", `${group}x?${v}`)).status).toBe(404);
  const list = await local.send("GET", `/subscriptions/${subscriptionId}/resourcegroups?${v}`);
  expect(list.body).toMatchObject({ value: [{ name: "rg1", type: "Microsoft.Resources/resourceGroups" }] });
});
