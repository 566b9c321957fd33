import { execFile } from "node:child_process";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { azArguments, outputLines } from "../../../scripts/infra/deploy-with-az.ts";
import { layers, readBicep, root } from "../../infra/bicep-files.ts";

const run = promisify(execFile);
const environment = {
  AZURE_ENV_NAME: "production",
  AZURE_LOCATION: "westeurope",
  AZURE_RESOURCE_GROUP: "rg-encryption-guard-production",
  GUARD_SCOPE: "/subscriptions/a0000000-0000-4000-8000-000000000001",
  GUARD_STORAGE_NAME: "stguard",
  GUARD_JOURNAL_NAME: "stguardjournal",
  GUARD_IDENTITY_NAME: "id-guard",
  GUARD_DELIVERY_IDENTITY_NAME: "id-delivery",
  GUARD_PRINCIPAL_ID: "b0000000-0000-4000-8000-000000000001",
  GUARD_FUNCTION_APP: "func-guard",
};

describe.each(layers)("the layer %s", (layer) => {
  test("is given each of its parameters by name", () => {
    const declared = [...readBicep(`${layer}/main.bicep`).text.matchAll(/^param (\w+)/gm)].map(([, name = ""]) => name);
    const given = azArguments(layer, environment);
    const parameters = given.slice(given.indexOf("--parameters") + 1, given.indexOf("--query"));

    expect(parameters.map((each) => each.slice(0, each.indexOf("="))).sort()).toEqual(declared.sort());
    expect(given).toContain(`infra/${layer}/main.bicep`);
  });

  test("is deployed to the service's own resource group, but for the layer that makes it", () => {
    const given = azArguments(layer, environment);

    expect(given[1]).toBe(layer === "access" ? "sub" : "group");
    expect(given.includes("rg-encryption-guard-production")).toBe(layer !== "access");
  });
});

describe("the roles at a management group", () => {
  const atGroup = { ...environment, GUARDED_MANAGEMENT_GROUP: "lines", ENFORCED_BASELINES: "storage/minimum-tls" };

  test("are deployed to it, for the identity that the layer access put out, by each of their parameters", () => {
    const declared = [...readBicep("management-group/main.bicep").text.matchAll(/^param (\w+)/gm)];
    const given = azArguments("management-group", atGroup);
    const parameters = given.slice(given.indexOf("--parameters") + 1, given.indexOf("--query"));

    expect(given.slice(0, 3)).toEqual(["deployment", "mg", "create"]);
    expect(given[given.indexOf("--management-group-id") + 1]).toBe("lines");
    expect(parameters).toEqual([
      "environmentName=production",
      "principalId=b0000000-0000-4000-8000-000000000001",
      "enforcedBaselines=storage/minimum-tls",
    ]);
    expect(parameters).toHaveLength(declared.length);
    expect(readBicep("access/main.bicep").text).toMatch(/^output GUARD_PRINCIPAL_ID string = /m);
  });

  test("are not deployed without a group", () => {
    expect(() => azArguments("management-group", environment)).toThrow("Set GUARDED_MANAGEMENT_GROUP");
  });

  test("put out nothing for the next step", () => {
    expect(outputLines(null)).toBe("");
  });
});

test("audits on Node 22 unless somebody set something else", () => {
  expect(azArguments("core", environment)).toEqual(expect.arrayContaining(["enforcedBaselines=", "nodeVersion=22"]));
  const set = { ...environment, ENFORCED_BASELINES: "storage/secure-transfer", GUARD_NODE_VERSION: "24" };
  expect(azArguments("core", set)).toEqual(
    expect.arrayContaining(["enforcedBaselines=storage/secure-transfer", "nodeVersion=24"]),
  );
});

test("refuses to deploy with a name unset that another layer puts out", () => {
  expect(() => azArguments("events", { ...environment, GUARD_FUNCTION_APP: "" })).toThrow(/Set GUARD_FUNCTION_APP/);
});

test("deploys with what a layer puts out empty, such as the group of alerts where nobody gets a mail", () => {
  expect(azArguments("events", { ...environment, GUARD_ACTION_GROUP_ID: "" })).toContain("actionGroupId=");
  expect(azArguments("core", environment)).toContain("integrationSubnetId=");
  const subnet = "/subscriptions/x/resourceGroups/y/providers/Microsoft.Network/virtualNetworks/z/subnets/app";
  expect(azArguments("core", { ...environment, GUARD_INTEGRATION_SUBNET_ID: subnet })).toContain(
    `integrationSubnetId=${subnet}`,
  );
});

test("hands a log that is there already on to the layers that use it: one assigns the role, the other sends it there", () => {
  const component = "/subscriptions/x/resourceGroups/y/providers/Microsoft.Insights/components/z";

  for (const layer of ["access", "core"] as const) {
    expect(azArguments(layer, environment)).toContain("existingInsightsId=");
    expect(azArguments(layer, { ...environment, EXISTING_INSIGHTS_ID: component })).toContain(
      `existingInsightsId=${component}`,
    );
  }
});

test("gives outputs by azd's names, whatever case Azure answers them in", () => {
  expect(outputLines({ guarD_CLOUD: { type: "String", value: "AzureCloud" } })).toBe("GUARD_CLOUD=AzureCloud\n");
});

test("calls az, and prints what the layer put out for the next step to read", async () => {
  const directory = await mkdtemp(path.join(tmpdir(), "az-"));
  try {
    const az = path.join(directory, "az");
    await writeFile(az, `#!/bin/sh\nprintf '{"GUARD_FUNCTION_APP":{"type":"String","value":"%s"}}' "$1-$2-$3"\n`);
    await chmod(az, 0o755);
    const script = path.join(root, "scripts/infra/deploy-with-az.ts");
    const env = { ...environment, PATH: `${directory}:${process.env.PATH ?? ""}` };

    const { stdout } = await run(process.execPath, [script, "core"], { env });

    expect(stdout).toBe("GUARD_FUNCTION_APP=deployment-group-create\n");
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
