import { createDefaultHttpClient, createPipelineRequest } from "@azure/core-rest-pipeline";
import { afterAll, beforeAll, expect, test } from "vitest";
import { entriesOf, healthSchema } from "./answers.ts";
import { eventually } from "./eventually.ts";
import { everythingKept } from "./everything-kept.ts";
import { connectionId, gatewayOf, seedTunnel, sharedKey, weak } from "./tunnels.ts";
import {
  enforceAll,
  group,
  isPatchOf,
  seedAccount,
  startWorld,
  subscriptionId,
  type World,
  writeEvent,
} from "./world.ts";

/** Texts that must be found nowhere in what the service keeps, says and answers, by what they stand for. */
const canaries = {
  key1: Buffer.from("canary of the first storage key, which is as long as a real one").toString("base64"),
  key2: Buffer.from("canary of the second storage key, which is as long as the other").toString("base64"),
  tag: "canary-tag-5f0c",
  otherTag: "canary-tag-of-somebody-else-81aa",
  address: "203.0.113.99",
  unknownProperty: "canary-unknown-property-9d3e",
  vault: "canary-vault-22c1",
  personName: "Canary Name Of A Person",
  mail: "canary.mail@polaris.example",
  personAddress: "198.51.100.23",
  errorPage: "canary-in-an-error-page-77b0",
  sharedKey,
  authorizationKey: "canary-authorization-key-3a6e",
  radiusServerSecret: "canary-radius-server-secret-c41d",
  radiusSecretOfList: "canary-radius-secret-in-a-list-08f2",
};

const claims = {
  "http://schemas.microsoft.com/identity/claims/objectidentifier": "c0000000-0000-4000-8000-000000000001",
  name: canaries.personName,
  "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress": canaries.mail,
  "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn": canaries.mail,
  ipaddr: canaries.personAddress,
};
const httpRequest = { clientIpAddress: canaries.personAddress, method: "PATCH", url: "https://management.azure.com/" };

let world: World;

beforeAll(async () => {
  world = await startWorld(enforceAll, { eventDeliverySchema: "CloudEventSchemaV1_0" });
});
afterAll(() => world?.close());

test("an event in the CloudEvents schema leads to a fix as one in Event Grid's does", async () => {
  const account = seedAccountWithCanaries("treasury");

  await world.person.storageAccounts.update(group, "treasury", { enableHttpsTrafficOnly: false });
  const remediation = await world.remediation(account, "remediated");

  const [event] = world.events;
  expect(entriesOf(remediation, "intent")[0]?.causes).toMatchObject([
    {
      via: "event",
      eventId: event?.id,
      changedBy: world.personId,
      operation: "Microsoft.Storage/storageAccounts/write",
    },
  ]);
});

test("somebody else's change between read and write is told by its path, and its value by a hash", async () => {
  const account = seedAccountWithCanaries("vaults");
  world.azure.arm.failNext((request) =>
    isPatchOf(account, request, "TLS1_2") ? { kind: "delay", milliseconds: 1000 } : undefined,
  );

  await world.person.storageAccounts.update(group, "vaults", { minimumTlsVersion: "TLS1_0" });
  await eventually(
    async () => (await world.journal(account)).some(({ kind }) => kind === "intent"),
    "the intent to be journaled",
  );
  await world.person.storageAccounts.update(group, "vaults", { tags: { ship: canaries.otherTag } });
  const remediation = await world.remediation(account, "remediated");

  const [outcome] = entriesOf(remediation, "intent-outcome");
  expect(outcome?.foreignDifferences).toContainEqual({
    path: "tags.ship",
    before: expect.stringMatching(/^sha256:/),
    after: expect.stringMatching(/^sha256:/),
  });
  expect(world.stored(account)).toMatchObject({ tags: { ship: canaries.otherTag } });
});

test("no secret, tag, foreign property or personal claim is found in what the service keeps, says and answers", async () => {
  const account = seedAccountWithCanaries("hold");
  const issued = await issueSecrets("hold");
  await refuseOnce(account);
  const { tunnel, circuit } = await seedConnectionsWithCanaries();

  for (const id of [tunnel, circuit]) {
    await world.deliver(writeEvent(id, { data: { operationName: "Microsoft.Network/connections/write" } }));
  }
  await world.judged(tunnel, "remediated");
  await world.judged(circuit, "unsupported");
  for (const id of [tunnel, gatewayOf(tunnel), circuit]) {
    const readers = world.azure.arm.requests.filter(({ path }) => path.toLowerCase() === id.toLowerCase());
    expect(
      readers.map(({ caller }) => caller),
      `the service reads ${id}`,
    ).toContain(world.serviceId);
  }

  await world.deliver(writeEvent(account, { data: { claims, httpRequest } }));
  await world.judged(account, "remediated");
  await world.deliver(writeEvent(`${account}/%2e%2e`, { data: { claims, httpRequest } }));
  await world.deliver({ ...writeEvent(account, { data: { claims, httpRequest } }), eventType: "Contoso.Unknown" });
  await world.post("/api/recheck", { resourceId: account, dryRun: true });
  await world.post("/api/recheck", { subscriptionId, resourceGroup: group });
  await world.fire("sweep");
  await world.fire("waker");
  await eventually(() => world.lines.some(({ message }) => message === "sweep page"), "the sweep to look at its page");
  await eventually(async () => {
    const { unreadable } = healthSchema.parse((await world.get("/api/health")).body);
    return unreadable.count === 2;
  }, "both unreadable events to be kept");
  await world.quiet();
  for (const each of [account, tunnel, circuit]) {
    for (const { id: remediation } of await world.remediations(each))
      await world.get(`/api/remediations/${remediation}`);
  }

  const kept = await everythingKept(world);
  const secrets = { ...canaries, ...issued };
  const found = kept.flatMap(({ where, text }) =>
    Object.entries(secrets)
      .filter(([, secret]) => text.includes(secret) || text.includes(encodeURIComponent(secret)))
      .map(([name]) => `${name} in ${where}`),
  );
  expect(found).toEqual([]);

  // The search itself works: who made the change stands in each place where it belongs.
  for (const place of ["blob journal", "table remediations", "log", "answer"]) {
    expect(kept.some(({ where, text }) => where.startsWith(place) && text.includes(world.personId))).toBe(true);
  }
  expect(kept.filter(({ where }) => where === "queue unreadable")).toHaveLength(2);
});

/** A tunnel to be fixed, its gateway, and a connection to a circuit: ARM answers with a key or secret of each. */
async function seedConnectionsWithCanaries(): Promise<{ tunnel: string; circuit: string }> {
  const { arm } = world.azure;
  const tunnel = seedTunnel(world, "secret-line", { ipsecPolicies: [{ ...weak }] }, []);
  const { radiusServerSecret, radiusSecretOfList, authorizationKey } = canaries;
  arm.seed(gatewayOf(tunnel), {
    properties: {
      vpnClientConfiguration: {
        radiusServerAddress: "10.1.0.4",
        radiusServerSecret,
        radiusServers: [{ radiusServerAddress: "10.1.0.5", radiusServerSecret: radiusSecretOfList }],
      },
    },
  });
  const circuit = connectionId("secret-circuit");
  arm.seed(circuit, { properties: { connectionType: "ExpressRoute", authorizationKey } });
  for (const [id, secrets] of [
    [tunnel, [sharedKey]],
    [gatewayOf(tunnel), [radiusServerSecret, radiusSecretOfList]],
    [circuit, [authorizationKey]],
  ] as const) {
    const answer = await answerToPerson(id);
    for (const secret of secrets) expect(answer, "ARM does answer with it").toContain(secret);
  }
  return { tunnel, circuit };
}

async function answerToPerson(id: string): Promise<string> {
  const request = createPipelineRequest({ url: `${world.azure.arm.endpoint}${id}?api-version=2024-05-01` });
  const { bodyAsText } = await world.person.pipeline.sendRequest(createDefaultHttpClient(), request);
  return bodyAsText ?? "";
}

function seedAccountWithCanaries(name: string): string {
  return seedAccount(
    world,
    name,
    {
      networkAcls: { defaultAction: "Deny", ipRules: [{ value: canaries.address, action: "Allow" }] },
      cabinKey: canaries.unknownProperty,
      encryption: {
        keySource: "Microsoft.Keyvault",
        keyvaultproperties: { keyvaulturi: `https://${canaries.vault}.vault.azure.net`, keyname: canaries.vault },
      },
    },
    { tags: { ship: canaries.tag }, keys: { key1: canaries.key1, key2: canaries.key2 } },
  );
}

/** A person asks for the keys and for both kinds of SAS: the answers hold secrets, their events none. */
async function issueSecrets(name: string): Promise<{ [name: string]: string }> {
  const expiry = new Date(Date.now() + 3_600_000);
  const { keys = [] } = await world.person.storageAccounts.listKeys(group, name);
  expect(keys.map(({ value }) => value)).toEqual([canaries.key1, canaries.key2]);
  const account = await world.person.storageAccounts.listAccountSAS(group, name, {
    services: "b",
    resourceTypes: "o",
    permissions: "r",
    sharedAccessExpiryTime: expiry,
  });
  const service = await world.person.storageAccounts.listServiceSAS(group, name, {
    canonicalizedResource: `/blob/${name}/cargo`,
    resource: "c",
    permissions: "r",
    sharedAccessExpiryTime: expiry,
  });
  return { accountSas: signatureOf(account.accountSasToken), serviceSas: signatureOf(service.serviceSasToken) };
}

function signatureOf(token: string | undefined): string {
  const signature = new URLSearchParams(token).get("sig");
  if (!signature) throw new Error("The SAS has no signature");
  return signature;
}

/** The first write meets an error page that says more than it should. */
async function refuseOnce(account: string): Promise<void> {
  world.azure.arm.resources.put({
    id: account,
    type: "Microsoft.Storage/storageAccounts",
    body: { ...world.stored(account), properties: { ...propertiesOf(account), minimumTlsVersion: "TLS1_1" } },
    secrets: { key1: canaries.key1, key2: canaries.key2 },
  });
  world.azure.arm.failNext((request) =>
    isPatchOf(account, request)
      ? { kind: "answer", when: "before", status: 503, body: `<html>${canaries.errorPage}</html>` }
      : undefined,
  );
}

function propertiesOf(account: string): object {
  const { properties } = world.stored(account);
  return typeof properties === "object" && properties !== null ? properties : {};
}
