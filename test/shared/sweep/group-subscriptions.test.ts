import { createEmptyPipeline } from "@azure/core-rest-pipeline";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { JsonObject } from "../../../shared/json.ts";
import { createWire, type Wire } from "../../../shared/resources/wire.ts";
import { subscriptionsOver } from "../../../shared/sweep/group-subscriptions.ts";
import { type LocalArm, startLocalArm, subscriptionId } from "../../emulator/arm/local-arm.ts";

const outside = "00000000-0000-0000-0000-0000000000ff";
let local: LocalArm;
let wire: Wire;

beforeAll(async () => {
  local = await startLocalArm({
    subscriptions: [
      { subscriptionId, displayName: "Cruises", managementGroup: "cruises" },
      { subscriptionId: outside, displayName: "Somebody else" },
    ],
    managementGroups: [{ name: "cruises", parent: "lines" }],
  });
  const pipeline = createEmptyPipeline();
  pipeline.addPolicy({
    name: "local",
    sendRequest(request, next) {
      request.headers.set("authorization", "Bearer ops");
      request.tlsSettings = local.tlsOptions;
      return next(request);
    },
  });
  wire = createWire(pipeline, local.arm.endpoint, "2020-05-01");
});
afterAll(() => local.arm.close());

test("are those in the group at any depth, and none of the groups between", async () => {
  expect(await subscriptionsOver(wire, "lines")).toEqual([subscriptionId]);
});

test("are told on every page, and of a next page's address the query alone counts", async () => {
  const asked: unknown[] = [];
  const pages: Pick<Wire, "get"> = {
    async get(path, _signal, query) {
      asked.push([path, query]);
      const value = [{ type: "/subscriptions", name: query?.$skiptoken ?? "first" }];
      const more = query?.$skiptoken ? {} : { nextLink: "https://elsewhere.example/list?$skiptoken=second" };
      return { kind: "answer", status: 200, body: { value, ...more } };
    },
  };

  expect(await subscriptionsOver(pages, "lines")).toEqual(["first", "second"]);
  const path = "/providers/Microsoft.Management/managementGroups/lines/descendants";
  expect(asked).toEqual([
    [path, {}],
    [path, { $skiptoken: "second" }],
  ]);
});

test("can't be told of a group that Azure does not show, nor by an answer that is no list", async () => {
  const answering = (body: JsonObject): Pick<Wire, "get"> => ({
    get: async () => ({ kind: "answer", status: 200, body }),
  });

  await expect(subscriptionsOver(wire, "nowhere")).rejects.toMatchObject({ code: "azure-refused" });
  for (const body of [{ error: "a proxy" }, { value: [], nextLink: "no link" }]) {
    await expect(subscriptionsOver(answering(body), "lines")).rejects.toMatchObject({ code: "azure-refused" });
  }
});
