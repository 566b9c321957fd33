import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { JsonObject } from "../../../emulator/arm/index.ts";
import { connectionResource, deployment, deploymentBody } from "./deployment-world.ts";
import { errorOf, type LocalArm, startLocalArm } from "./local-arm.ts";
import { gateway, localGateway, network, objectOf, propertiesOf } from "./network-world.ts";

let local: LocalArm;
beforeEach(async () => {
  local = await startLocalArm();
  local.arm.seed(gateway);
  local.arm.seed(localGateway);
});
afterEach(() => local.arm.close());

function put(body: JsonObject) {
  return local.send("PUT", `${deployment}?api-version=2022-09-01`, { body });
}

function get() {
  return local.send("GET", `${deployment}?api-version=2022-09-01`);
}

describe("a template is refused before anything is made, with what it can't do,", () => {
  it.each<[string, JsonObject, JsonObject | undefined, string]>([
    [
      "an unknown function",
      { resources: [connectionResource({ name: "[uniqueString('a')]" })] },
      undefined,
      "uniqueString",
    ],
    [
      "an unknown function in an output",
      { outputs: { a: { type: "string", value: "[guid('a')]" } } },
      undefined,
      "guid",
    ],
    [
      "reference in a resource",
      { resources: [connectionResource({ tags: { a: "[reference('x')]" } })] },
      undefined,
      "reference",
    ],
    [
      "an output of what is not in it",
      { outputs: { a: { type: "object", value: "[reference('x')]" } } },
      undefined,
      "'x'",
    ],
    ["a missing parameter", {}, {}, "sharedKey"],
    ["a parameter too many", {}, { sharedKey: { value: "a" }, other: { value: "b" } }, "other"],
    ["a parameter of another type", {}, { sharedKey: { value: 1 } }, "SecureString"],
    ["a parameter from a vault", {}, { sharedKey: { reference: {} } }, "sharedKey"],
    [
      "a type that is not emulated",
      { resources: [connectionResource({ type: "Microsoft.Web/sites" })] },
      undefined,
      "Microsoft.Web/sites",
    ],
    ["a loop", { resources: [connectionResource({ copy: { name: "a", count: 2 } })] }, undefined, "copy"],
    ["a condition", { resources: [connectionResource({ condition: false })] }, undefined, "condition"],
    ["a dependency that is not in it", { resources: [connectionResource({ dependsOn: ["x"] })] }, undefined, "'x'"],
    ["a circle", { resources: [connectionResource({ dependsOn: ["hq-to-ship"] })] }, undefined, "Circular"],
    ["an expression that can't be read", { variables: { a: "[concat('a'" + "]" } }, undefined, "concat"],
    ["functions of its own", { functions: [] }, undefined, "functions"],
  ])("%s", async (_what, changes, parameters, named) => {
    const answer = await put(deploymentBody(changes, parameters ?? { sharedKey: { value: "fake-key" } }));
    expect([answer.status, errorOf(answer).code]).toEqual([400, "InvalidTemplate"]);
    expect(errorOf(answer).message).toContain(named);
    expect((await get()).status).toBe(404);
    expect(local.events).toEqual([]);
  });

  it("the mode Complete", async () => {
    const body = deploymentBody();
    const answer = await put({ properties: { ...body.properties, mode: "Complete" } });
    expect(errorOf(answer).message).toContain("Complete");
  });
});

it("expressions put texts together from parameters, variables and where the deployment is", async () => {
  const template = {
    parameters: { ship: { type: "string", defaultValue: "it''s" } },
    variables: { names: { port: "[concat(resourceGroup().location, '-', parameters('ship'))]" }, list: ["a", "b"] },
    resources: [],
    outputs: {
      port: { type: "string", value: "[variables('names').port]" },
      second: { type: "string", value: "[variables('list')[1]]" },
      plain: { type: "string", value: "[[plain]" },
      id: { type: "string", value: "[resourceId('Microsoft.Network/virtualNetworks/subnets', 'a', 'it''s')]" },
    },
  };
  await put(deploymentBody(template, { SHIP: { value: "Aurora" } }));
  const outputs = objectOf(propertiesOf(await get()).outputs);
  expect(Object.values(outputs).map((output) => objectOf(output).value)).toEqual([
    "westus-Aurora",
    "b",
    "[plain]",
    `${network}/virtualNetworks/a/subnets/it's`,
  ]);
});

it("ids are in ARM's own casing, whatever the deployment's path has", async () => {
  const path = deployment.replace("/resourceGroups/", "/resourcegroups/");
  await local.send("PUT", `${path}?api-version=2022-09-01`, { body: deploymentBody() });
  expect(propertiesOf(await get())).toMatchObject({ outputResources: [{ id: `${network}/connections/hq-to-ship` }] });
});
