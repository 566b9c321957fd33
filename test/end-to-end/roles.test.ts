import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { rolesOf } from "../../scripts/infra/roles.ts";
import { baselines } from "../../shared/baselines/index.ts";
import { resultOf } from "./answers.ts";
import { assign } from "./guard-role.ts";
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
const weak = { minimumTlsVersion: "TLS1_0" };

let world: World;

beforeAll(async () => {
  world = await startWorld(enforceAll);
  assign(world.azure.arm, `/subscriptions/${subscriptionId}`, world.serviceId, subscription);
});
afterAll(() => world?.close());

describe.concurrent("the generated roles", () => {
  test("to read let an account be judged, and every write be refused", async () => {
    const id = accountIn("audited", read);

    await world.deliver(writeEvent(id));
    const remediation = await world.remediation(id, "blocked");

    const { findings, azure } = resultOf(remediation, tls);
    expect(findings).toMatchObject([{ actual: "TLS1_0" }]);
    expect(azure).toMatchObject({
      code: "AuthorizationFailed",
      message: expect.stringContaining("'Microsoft.Storage/storageAccounts/write'"),
    });
    expect(world.stored(id)).toMatchObject({ properties: weak });
  });

  test("to read, with that of one fix, let exactly that be fixed", async () => {
    const id = accountIn("enforced", [...read, ...(fixes.get(tls) ?? [])]);

    await world.deliver(writeEvent(id));
    await world.remediation(id, "remediated");

    expect(world.stored(id)).toMatchObject({ properties: { minimumTlsVersion: "TLS1_2" } });
  });

  test("of a fix on another type let no account be written", async () => {
    const id = accountIn("databases", [...read, ...(fixes.get("sql/transparent-data-encryption") ?? [])]);

    await world.deliver(writeEvent(id));
    const remediation = await world.remediation(id, "blocked");

    expect(resultOf(remediation, tls).azure?.code).toBe("AuthorizationFailed");
    expect(world.stored(id)).toMatchObject({ properties: weak });
  });
});

/** A weak account in a group of its own, on which the service has a role of these actions. */
function accountIn(name: string, actions: readonly string[]): string {
  world.azure.arm.seed(groupId(name), { location: "westeurope" });
  assign(world.azure.arm, groupId(name), world.serviceId, actions);
  return seedAccount(world, name, weak, {}, accountId(name, name));
}
