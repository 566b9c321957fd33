import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { JsonObject } from "../../../emulator/arm/index.ts";
import { type ManualClock, manualClock } from "../../../emulator/clock.ts";
import { connectionResource, deployment, deploymentBody } from "./deployment-world.ts";
import { errorOf, group, type LocalArm, startLocalArm } from "./local-arm.ts";
import { connection, gateway, localGateway, network, propertiesOf, putConnection } from "./network-world.ts";

let local: LocalArm;
let clock: ManualClock;

beforeEach(async () => {
  clock = manualClock(Date.parse("2026-11-01T00:00:00Z"));
  local = await startLocalArm({ clock, durationScale: 1 });
  local.arm.seed(gateway);
  local.arm.seed(localGateway);
});
afterEach(() => local.arm.close());

function put(body: JsonObject = deploymentBody(), headers: Record<string, string> = {}) {
  return local.send("PUT", `${deployment}?api-version=2022-09-01`, { body, headers });
}

function get(id = deployment) {
  return local.send("GET", `${id}?api-version=2022-09-01`);
}

describe("a deployment of a connection", () => {
  it("is Accepted, Running, and Succeeded once the connection is", async () => {
    const answer = await put();
    expect([answer.status, propertiesOf(answer).provisioningState]).toEqual([201, "Accepted"]);
    const poll = () => local.send("GET", answer.headers["azure-asyncoperation"] ?? "");
    expect((await poll()).body).toEqual({ status: "Accepted" });
    await clock.advance(1_000);
    expect((await poll()).body).toEqual({ status: "Running" });
    expect(propertiesOf(await get(connection))).toMatchObject({ provisioningState: "Updating" });
    await clock.advance(70_000);
    expect((await poll()).body).toEqual({ status: "Succeeded" });
    expect(propertiesOf(await get(connection))).toMatchObject({ provisioningState: "Succeeded" });
  });

  it("shows the shared key in its outputs, and not in its parameters", async () => {
    await put();
    await clock.advance(71_000);
    expect(propertiesOf(await get())).toMatchObject({
      parameters: { sharedKey: { type: "SecureString" } },
      outputs: { resource: { type: "Object", value: { sharedKey: "fake-key", connectionType: "IPsec" } } },
      outputResources: [{ id: connection }],
    });
    expect(propertiesOf(await get()).parameters).toEqual({ sharedKey: { type: "SecureString" } });
  });

  it("raises its own event first, and the connection's at the end, both with its correlation id", async () => {
    const correlationId = "abcdefab-0000-4000-8000-000000000002";
    await put(deploymentBody(), { "x-ms-correlation-request-id": correlationId });
    expect(local.events.map(({ data }) => data.operationName)).toEqual(["Microsoft.Resources/deployments/write"]);
    await clock.advance(71_000);
    expect(local.events.map(({ data }) => [data.operationName, data.correlationId])).toEqual([
      ["Microsoft.Resources/deployments/write", correlationId],
      ["Microsoft.Network/connections/write", correlationId],
    ]);
    expect(local.events[1]?.subject.toLowerCase()).toBe(connection.toLowerCase());
  });

  it("lists what it did", async () => {
    await put();
    await clock.advance(71_000);
    const { body } = await get(`${deployment}/operations`);
    expect(body).toMatchObject({
      value: [{ properties: { provisioningState: "Succeeded", targetResource: { id: connection } } }],
    });
  });

  it("takes no second PUT while it runs", async () => {
    await put();
    expect(errorOf(await put()).code).toBe("DeploymentActive");
    await clock.advance(71_000);
    expect((await put()).status).toBe(200);
  });

  it("fails with the connection's error where that is refused", async () => {
    await putConnection(local);
    const answer = await put();
    await clock.advance(1_000);
    const status = await local.send("GET", answer.headers["azure-asyncoperation"] ?? "");
    expect(status.body).toMatchObject({
      status: "Failed",
      error: { code: "DeploymentFailed", details: [{ code: "RetryableError" }] },
    });
    expect(propertiesOf(await get()).provisioningState).toBe("Failed");
  });

  it("needs the role for the connection, not only for the deployment", async () => {
    const role = "99999999-0000-4000-8000-000000000001";
    const subscription = group.split("/").slice(0, 3).join("/");
    local.arm.seed(`${subscription}/providers/Microsoft.Authorization/roleDefinitions/${role}`, {
      properties: { roleName: "Deployer", permissions: [{ actions: ["Microsoft.Resources/*"], notActions: [] }] },
    });
    local.arm.seed(`${group}/providers/Microsoft.Authorization/roleAssignments/${role}`, {
      properties: {
        roleDefinitionId: `${subscription}/providers/Microsoft.Authorization/roleDefinitions/${role}`,
        principalId: "22222222-2222-4222-8222-222222222222",
        principalType: "User",
      },
    });
    local.arm.switches.roleAssignments = true;
    await put();
    await clock.advance(1_000);
    expect(JSON.stringify((await get()).body)).toContain("Microsoft.Network/connections/write");
    expect(local.arm.resources.get(connection)).toBeUndefined();
  });

  it("puts a resource after those that it depends on", async () => {
    const address = {
      type: "Microsoft.Network/publicIPAddresses",
      name: "front",
      apiVersion: "2024-01-01",
      location: "westus",
    };
    const dependsOn = ["[resourceId('Microsoft.Network/publicIPAddresses', 'front')]"];
    await put(deploymentBody({ resources: [connectionResource({ dependsOn }), address] }));
    await clock.advance(1_000);
    expect([(await get(`${network}/publicIPAddresses/front`)).status, (await get(connection)).status]).toEqual([
      200, 404,
    ]);
    await clock.advance(1_000);
    expect((await get(connection)).status).toBe(200);
    await clock.advance(70_000);
    expect(propertiesOf(await get()).provisioningState).toBe("Succeeded");
  });
});

describe("validate", () => {
  const validate = (body: JsonObject) => local.send("POST", `${deployment}/validate?api-version=2022-09-01`, { body });

  it("says what would be made, and makes nothing", async () => {
    const answer = await validate(deploymentBody());
    expect(answer.status).toBe(200);
    expect(propertiesOf(answer)).toMatchObject({
      provisioningState: "Succeeded",
      validatedResources: [{ id: connection }],
    });
    expect([(await get()).status, (await get(connection)).status]).toEqual([404, 404]);
  });

  it("refuses what a deployment refuses", async () => {
    expect(errorOf(await validate(deploymentBody({}, {}))).code).toBe("InvalidTemplate");
  });
});
