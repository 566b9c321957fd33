import { afterAll, beforeAll, expect, test } from "vitest";
import { armClients } from "../../emulator/demo/clients.ts";
import { demoConnections, officePolicy, seedDemoResources } from "../../emulator/demo-resources.ts";
import { lookAtTunnels } from "../../emulator/first-look.ts";
import { type LocalAzure, startLocalAzure } from "../../emulator/local-azure.ts";
import { eventually } from "../end-to-end/eventually.ts";

let azure: LocalAzure;

beforeAll(async () => {
  azure = await startLocalAzure({
    settings: { MODE_DEFAULT: "enforce" },
    prepare: (arm) => seedDemoResources({ arm }),
  });
});
afterAll(() => azure?.close());

test("a tunnel that was looked at once gets the very policy back that somebody clears, and comes up", async () => {
  const arm = await armClients(azure);
  const [person = ""] = azure.people.map(({ name }) => name);
  const id = demoConnections.polarisOffice;
  const read = async () => (await arm.as(person).send("GET", id, "2024-05-01")).body;

  await lookAtTunnels(azure);
  const before = await read();
  expect(before).toMatchObject({ properties: { connectionStatus: "Connected", ipsecPolicies: [officePolicy] } });
  const properties = typeof before.properties === "object" ? before.properties : {};
  const cleared = { ...before, properties: { ...properties, ipsecPolicies: [] } };
  expect((await arm.as(person).send("PUT", id, "2024-05-01", cleared)).body).toMatchObject({
    properties: { ipsecPolicies: [] },
  });

  await eventually(async () => {
    expect(await read()).toMatchObject({
      properties: { connectionStatus: "Connected", ipsecPolicies: [officePolicy] },
    });
    return true;
  }, "the policy to come back, and the tunnel to come up");
  arm.close();
});

test("a function app that does not answer is told", async () => {
  const { functions } = azure;
  const keys = { ...functions.keys, function: "not-the-key" };

  await expect(lookAtTunnels({ functions: { ...functions, keys }, environment: {} })).rejects.toThrow(
    /polaris-office .* 401/,
  );
});
