import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { JsonObject } from "../../emulator/arm/index.ts";
import { rolesOf } from "../../scripts/infra/roles.ts";
import { baselines } from "../../shared/baselines/index.ts";
import { resultOf } from "./answers.ts";
import { assign } from "./guard-role.ts";
import { change, own, seedTunnel, seenCompliant } from "./tunnels.ts";
import {
  accountId,
  enforceAll,
  groupId,
  seedAccount,
  startWorld,
  subscriptionId,
  type World,
  writeEvent,
} from "./world.ts";

const { subscription, read, fixes } = rolesOf(baselines);
const tls = "storage/minimum-tls";
const weakTls = { minimumTlsVersion: "TLS1_0" };
const fileShares = JSON.stringify({ explicitProtocolSettingAllowed: true });
const fileStorage = { kind: "FileStorage", sku: { name: "Premium_LRS" } };
const location = "westeurope";

/** By baseline: seeds a resource in this group that only the whole of the fix mends, and has the service look at it. Gives its id. */
const violations: { [baseline: string]: (resourceGroup: string) => Promise<string> } = {
  "storage/secure-transfer": mountedShares,
  "storage/https-only-sas": mountedShares,
  [tls]: (name) => weakAccount(name, weakTls),
  "storage/sas-expiration": (name) =>
    weakAccount(name, { sasPolicy: { sasExpirationPeriod: "400.00:00:00", expirationAction: "Log" } }),
  "sql/transparent-data-encryption": unencryptedDatabase,
  "vpn/ipsec-policy": clearedTunnel,
};

let world: World;

beforeAll(async () => {
  const parameters = {
    PARAMETERS_STORAGE_SECURE_TRANSFER: fileShares,
    PARAMETERS_STORAGE_HTTPS_ONLY_SAS: fileShares,
  };
  world = await startWorld({ ...enforceAll, ...parameters }, { durationScale: 0.01 });
  assign(world.azure.arm, `/subscriptions/${subscriptionId}`, world.serviceId, subscription);
});
afterAll(() => world?.close());

describe.concurrent("the generated roles to read", () => {
  test("let an account be judged, and every write be refused", async () => {
    giveRole("audited", read);
    const id = await weakAccount("audited", weakTls);

    const remediation = await world.remediation(id, "blocked");

    const { findings, azure } = resultOf(remediation, tls);
    expect(findings).toMatchObject([{ actual: "TLS1_0" }]);
    expect(azure).toMatchObject({
      code: "AuthorizationFailed",
      message: expect.stringContaining("'Microsoft.Storage/storageAccounts/write'"),
    });
    expect(world.stored(id)).toMatchObject({ properties: weakTls });
  });

  test("with that of a fix on another type let no account be written", async () => {
    giveRole("databases", [...read, ...(fixes.get("sql/transparent-data-encryption") ?? [])]);
    const id = await weakAccount("databases", weakTls);

    const remediation = await world.remediation(id, "blocked");

    expect(resultOf(remediation, tls).azure?.code).toBe("AuthorizationFailed");
    expect(world.stored(id)).toMatchObject({ properties: weakTls });
  });
});

describe.concurrent.each([...fixes])("%s", (baseline, actions) => {
  const violate = violations[baseline];
  const name = baseline.replaceAll(/[^a-z]/g, "").slice(0, 18);

  test("is fixed with exactly its role beside those to read", async () => {
    giveRole(name, [...read, ...actions]);
    const id = await violate?.(name);

    await world.remediation(id ?? "", "remediated");
  });

  test.each(actions.map((action, index) => ({ action, place: `${name}${index}` })))(
    "is refused without $action",
    async ({ action, place }) => {
      giveRole(place, [...read, ...actions.filter((each) => each !== action)]);
      const id = await violate?.(place);

      const remediation = await world.remediation(id ?? "", "blocked");

      expect(resultOf(remediation, baseline).azure).toMatchObject({
        code: "AuthorizationFailed",
        message: expect.stringContaining(`'${action}'`),
      });
    },
  );
});

/** A group of its own, on which the service has a role of these actions. */
function giveRole(resourceGroup: string, actions: readonly string[]): void {
  world.azure.arm.seed(groupId(resourceGroup), { location });
  assign(world.azure.arm, groupId(resourceGroup), world.serviceId, actions);
}

async function weakAccount(name: string, properties: JsonObject): Promise<string> {
  const id = seedAccount(world, name, properties, {}, accountId(name, name));
  await world.deliver(writeEvent(id));
  return id;
}

/** Its mounts need an explicit setting of the file service before secure transfer is turned on. */
async function mountedShares(name: string): Promise<string> {
  const id = seedAccount(world, name, { supportsHttpsTrafficOnly: false }, fileStorage, accountId(name, name));
  world.azure.arm.seed(`${id}/fileServices/default/shares/cabins`, { properties: { enabledProtocols: "NFS" } });
  await world.deliver(writeEvent(id));
  return id;
}

async function unencryptedDatabase(name: string): Promise<string> {
  const server = `${groupId(name)}/providers/Microsoft.Sql/servers/${name}`;
  const id = `${server}/databases/bookings`;
  world.azure.arm.seed(server, { location });
  world.azure.arm.seed(id, { location });
  world.azure.arm.seed(`${id}/transparentDataEncryption/current`, { properties: { state: "Disabled" }, failures: [] });
  await world.deliver(writeEvent(id, { data: { operationName: "Microsoft.Sql/servers/databases/write" } }));
  return id;
}

async function clearedTunnel(name: string): Promise<string> {
  const id = seedTunnel(world, name, { ipsecPolicies: [{ ...own }] }, [own], groupId(name));
  await seenCompliant(world, id);
  await change(world, id, { ipsecPolicies: [] });
  return id;
}
