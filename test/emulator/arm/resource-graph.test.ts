import { ResourceGraphClient } from "@azure/arm-resourcegraph";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { callers, errorOf, group, type LocalArm, startLocalArm, subscriptionId, tenantId } from "./local-arm.ts";

let local: LocalArm;
let graph: ResourceGraphClient;
const accountId = (name: string, inGroup = group) => `${inGroup}/providers/Microsoft.Storage/storageAccounts/${name}`;

beforeEach(async () => {
  local = await startLocalArm();
  const { credential, tlsOptions, arm } = local;
  graph = new ResourceGraphClient(credential, { endpoint: arm.endpoint, tlsOptions, retryOptions: { maxRetries: 0 } });
  local.arm.seed(accountId("bravo"), { properties: { supportsHttpsTrafficOnly: false } });
  local.arm.seed(accountId("alpha"), { kind: "FileStorage" });
});
afterEach(() => local.arm.close());

const query = (text: string, options = {}) =>
  graph.resources({ subscriptions: [subscriptionId], query: text, options });
const sweep =
  "resources | where type =~ 'Microsoft.Storage/storageAccounts' | project id, name, properties | order by id asc";

describe("a query", () => {
  it("gives the accounts, in order, with the columns asked for", async () => {
    const { data, totalRecords } = await query(sweep);
    expect(totalRecords).toBe(2);
    expect(data).toMatchObject([{ name: "alpha" }, { name: "bravo", properties: { supportsHttpsTrafficOnly: false } }]);
    expect(Object.keys(data[0])).toEqual(["id", "name", "properties"]);
  });

  it.each([
    ["where name == 'alpha'", ["alpha"]],
    ["where name == 'ALPHA'", []],
    ["where resourceGroup =~ 'RG1' and kind != 'StorageV2'", ["alpha"]],
    [`where subscriptionId =~ '${subscriptionId}' | limit 1`, ["alpha"]],
    ["where type in~ ('microsoft.storage/storageaccounts', 'x')", ["alpha", "bravo"]],
    ["where properties.supportsHttpsTrafficOnly == false", ["bravo"]],
  ])("understands %s", async (text, names) => {
    const { data } = await query(`${text} | order by name asc | project name`.replace(/(\| limit 1)(.*)/, "$2 $1"));
    expect(data.map((row: { name: string }) => row.name)).toEqual(names);
  });

  it("is refused where it is none, with the place", async () => {
    const answer = await local.send("POST", "/providers/Microsoft.ResourceGraph/resources?api-version=2024-04-01", {
      body: { query: "where where" },
    });
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({
      error: {
        code: "BadRequest",
        details: [{ code: "InvalidQuery" }, { code: "ParserFailure", characterPositionInLine: 11, token: "<EOF>" }],
      },
    });
  });

  it("comes in pages that a token joins", async () => {
    const first = await query(sweep, { top: 1 });
    expect(first).toMatchObject({ count: 1, totalRecords: 2, resultTruncated: "false" });
    const second = await query(sweep, { top: 1, skipToken: first.skipToken });
    expect(second.data).toMatchObject([{ name: "bravo" }]);
    expect(second.skipToken).toBeUndefined();
  });
});

describe("the index", () => {
  it("follows every change, whoever asked the same before", async () => {
    const insecure = "where properties.supportsHttpsTrafficOnly == false | order by name desc | project name";
    expect((await query(insecure)).data).toEqual([{ name: "bravo" }]);

    local.arm.seed(accountId("charlie"), { properties: { supportsHttpsTrafficOnly: false } });
    expect((await query(insecure)).data).toEqual([{ name: "charlie" }, { name: "bravo" }]);

    await local.storage.storageAccounts.update("rg1", "bravo", { enableHttpsTrafficOnly: true });
    expect((await query(insecure)).data).toEqual([{ name: "charlie" }]);

    local.arm.resources.delete(accountId("charlie"));
    expect((await query(insecure)).data).toEqual([]);
  });

  it("hides what the caller may not read as soon as roles are enforced", async () => {
    local.arm.switches.roleAssignments = true;
    expect((await query(sweep)).data).toEqual([]);

    local.arm.switches.roleAssignments = false;
    expect((await query(sweep)).data).toHaveLength(2);
  });

  it("may lag, and lack a property, while ARM has both", async () => {
    local.arm.resourceGraph.omitProperties = ["properties.supportsHttpsTrafficOnly"];
    local.arm.resourceGraph.frozen = true;
    local.arm.seed(accountId("charlie"), {});
    const { data } = await query(sweep);
    expect(data).toHaveLength(2);
    expect(JSON.stringify(data)).not.toContain("supportsHttpsTrafficOnly");
    local.arm.resourceGraph.frozen = false;
    expect((await query(sweep)).data).toHaveLength(3);
  });

  it("shows only what the caller may read", async () => {
    local.arm.seed(
      `${accountId("alpha")}/providers/Microsoft.Authorization/roleAssignments/00000000-0000-4000-8000-000000000001`,
      {
        properties: {
          roleDefinitionId: "acdd72a7-3385-48ef-bd42-f606fba81ae7",
          principalId: callers.ops?.objectId ?? "",
        },
      },
    );
    local.arm.switches.roleAssignments = true;
    expect((await query(sweep)).data).toMatchObject([{ name: "alpha" }]);
  });

  it("names the management groups above a subscription, to whom may read it", async () => {
    const chain =
      "resourcecontainers | where type =~ 'microsoft.resources/subscriptions' | project name, groups = properties.managementGroupAncestorsChain";
    const cruises = { subscriptionId, displayName: "Cruises", managementGroup: "cruises" };
    await local.arm.close();
    local = await startLocalArm({ subscriptions: [cruises] });
    const { credential, tlsOptions, arm } = local;
    graph = new ResourceGraphClient(credential, { endpoint: arm.endpoint, tlsOptions });

    const shown = await query(chain);
    local.arm.switches.roleAssignments = true;

    expect(shown.data).toEqual([
      {
        name: "Cruises",
        groups: [
          { name: "cruises", displayName: "cruises" },
          { name: tenantId, displayName: "Tenant Root Group" },
        ],
      },
    ]);
    expect((await query(chain)).data).toEqual([]);
  });

  it("answers 15 queries in five seconds, and tells how many are left", async () => {
    local.arm.switches.throttling = true;
    const send = () =>
      local.send("POST", "/providers/Microsoft.ResourceGraph/resources?api-version=2024-04-01", {
        body: { query: sweep },
      });
    const first = await send();
    expect(first.headers["x-ms-user-quota-remaining"]).toBe("14");
    for (let index = 0; index < 14; index += 1) await send();
    const refused = await send();
    expect([refused.status, errorOf(refused).code]).toEqual([429, "RateLimiting"]);
  });
});
