import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { JsonObject } from "../../emulator/arm/index.ts";
import type { Identity, Principal } from "../../emulator/identity/index.ts";
import { type LocalAzure, startLocalAzure } from "../../emulator/local-azure.ts";
import { skippableClock } from "../../emulator/skippable-clock.ts";
import { remediationsSchema } from "../end-to-end/answers.ts";
import { assignGuard } from "../end-to-end/guard-role.ts";
import { group, subscriptionId } from "./subjects.ts";

/** The service of the fleet's holding, beside that of one line: each has its own storage, identity and parameters. */
const otherGuard: Principal = {
  objectId: "b0000000-0000-4000-8000-000000000002",
  applicationId: "b0000000-0000-4000-8000-0000000000a2",
  name: "azure-encryption-guard-of-the-holding",
  kind: "managedIdentity",
};
/** Each is stronger than the other in one field, and no policy of one is good enough for the other. */
const policies = {
  one: { ipsecEncryption: "AES256", ipsecIntegrity: "SHA256" },
  other: { ipsecEncryption: "GCMAES128", ipsecIntegrity: "GCMAES128" },
};
const fixesUntilContested = 3;
const groupId = `/subscriptions/${subscriptionId}/resourceGroups/${group}`;
const network = `${groupId}/providers/Microsoft.Network`;
const connection = `${network}/connections/disputed`;
const stillMilliseconds = 40;
const secondsAStep = 60;
const stepsOfTwoHours = (2 * 3600) / secondsAStep;

const clock = skippableClock();
const closing: (() => Promise<void> | void)[] = [];
let one: LocalAzure;
let other: LocalAzure;

beforeAll(async () => {
  const common = { SCOPES: `/subscriptions/${subscriptionId}`, MODE_VPN_IPSEC_POLICY: "enforce" };
  const options = { clock, storageProxy: true, disableTimers: true, durationScale: 0 };
  one = await startLocalAzure({
    ...options,
    subscriptions: [{ subscriptionId, displayName: "Polaris Cruises" }],
    switches: { roleAssignments: true },
    settings: { ...common, PARAMETERS_VPN_IPSEC_POLICY: JSON.stringify(policies.one) },
    prepare(arm) {
      arm.seed(groupId, { location: "westeurope" });
      for (const id of ["b0000000-0000-4000-8000-000000000001", otherGuard.objectId]) assignGuard(arm, groupId, id);
    },
  });
  closing.push(one.close);
  const endpoint = await serveTokens(one.identity);
  other = await startLocalAzure({
    ...options,
    settings: {
      ...common,
      PARAMETERS_VPN_IPSEC_POLICY: JSON.stringify(policies.other),
      ARM_ENDPOINT: one.arm.endpoint,
      NODE_EXTRA_CA_CERTS: one.certificateFile,
      IDENTITY_ENDPOINT: endpoint,
    },
  });
  closing.push(other.close);
  await one.eventGrid.subscribe({
    name: "the-other",
    endpoint: other.functions.eventGridUrl("resource-changed"),
    eventDeliverySchema: "EventGridSchema",
    includedEventTypes: ["Microsoft.Resources.ResourceWriteSuccess"],
  });
});
afterAll(async () => {
  for (const close of closing.reverse()) await close();
});

test("two deployments that set back each other's fixes stop after a few, and each that stops names the other", async () => {
  const writers: string[] = [];
  one.arm.observe(({ method, path }, caller) => {
    if (method === "PUT" && path.toLowerCase() === connection.toLowerCase()) writers.push(caller?.objectId ?? "");
    return undefined;
  });
  seedConnection();

  announce(connection);
  await letPass(stepsOfTwoHours);

  const guards = [one.managedIdentity.objectId, otherGuard.objectId];
  for (const guard of guards) {
    expect(writers.filter((writer) => writer === guard).length).toBeGreaterThan(0);
    expect(writers.filter((writer) => writer === guard).length).toBeLessThanOrEqual(fixesUntilContested);
  }
  const contested = await Promise.all([contestedIn(one), contestedIn(other)]);
  expect(contested.filter((why) => why !== undefined)).toHaveLength(1);
  const loser = contested[0] === undefined ? 1 : 0;
  expect(contested[loser]).toContain(guards[1 - loser]);
}, 120_000);

/** A tunnel to a peer that answers to nothing: whatever policy it gets, nobody is cut off. */
function seedConnection(): void {
  one.arm.seed(`${network}/virtualNetworkGateways/disputed`, {});
  one.arm.seed(`${network}/localNetworkGateways/disputed`, {});
  const ends = {
    virtualNetworkGateway1: { id: `${network}/virtualNetworkGateways/disputed` },
    localNetworkGateway2: { id: `${network}/localNetworkGateways/disputed` },
  };
  one.arm.seed(connection, { properties: { ...ends, sharedKey: "disputed", ipsecPolicies: [weakPolicy()] } });
}

function weakPolicy(): JsonObject {
  return {
    saLifeTimeSeconds: 27_000,
    saDataSizeKilobytes: 102_400_000,
    ipsecEncryption: "DES3",
    ipsecIntegrity: "SHA1",
    ikeEncryption: "AES256",
    ikeIntegrity: "SHA256",
    dhGroup: "DHGroup14",
    pfsGroup: "PFS2048",
  };
}

function announce(resourceUri: string): void {
  one.eventGrid.publish({
    id: randomUUID(),
    topic: `/subscriptions/${subscriptionId}`,
    subject: resourceUri,
    eventType: "Microsoft.Resources.ResourceWriteSuccess",
    eventTime: new Date(clock.now()).toISOString(),
    dataVersion: "2",
    metadataVersion: "1",
    data: {
      resourceUri,
      operationName: "Microsoft.Network/connections/write",
      claims: {},
      correlationId: randomUUID(),
    },
  });
}

/** Lets time pass, a minute a step, whenever both have nothing to do but wait. */
async function letPass(steps: number): Promise<void> {
  for (let step = 0; step < steps; step += 1) {
    await restOf([one, other]);
    clock.skip(secondsAStep * 1000);
    for (const { functions } of [one, other]) functions.lookForMessages();
  }
  await restOf([one, other]);
}

async function restOf(azures: readonly LocalAzure[]): Promise<void> {
  let seen = -1;
  for (;;) {
    await one.eventGrid.idle();
    const activity = azures.reduce(
      (sum, { functions, arm, storage }) =>
        sum + functions.statistics.invocations + arm.requests.length + storage.requests.length,
      0,
    );
    const isBusy = azures.some(({ functions }) => functions.statistics.inFlight > 0);
    if (!isBusy && activity === seen) return;
    seen = activity;
    await new Promise((resolve) => setTimeout(resolve, stillMilliseconds));
  }
}

/** Why the last remediation of the connection was given up as contested; undefined where it was not. */
async function contestedIn({ functions }: LocalAzure): Promise<string | undefined> {
  const response = await fetch(`${functions.url}/api/remediations?resourceId=${encodeURIComponent(connection)}`, {
    headers: { "x-functions-key": functions.keys.function },
  });
  const { remediations } = remediationsSchema.parse(await response.json());
  const [last] = remediations;
  return last?.outcome === "contested" ? JSON.stringify(last) : undefined;
}

/** A managed identity endpoint for the other one, whose tokens are those of the one Azure. */
async function serveTokens(identity: Identity): Promise<string> {
  const server = createServer((request, response) => {
    const resource = new URL(request.url ?? "/", "http://localhost").searchParams.get("resource") ?? "";
    void identity.tokenFor(otherGuard, resource).then((token) => {
      const expiresOn = String(Math.floor(clock.now() / 1000) + 86_400);
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ access_token: token, expires_on: expiresOn, resource, token_type: "Bearer" }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}/msi/token`;
}
