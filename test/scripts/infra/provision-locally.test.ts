import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openArm } from "../../../command/check/arm.ts";
import { provisionLocally } from "../../../scripts/infra/provision-locally.ts";
import { rolesOf } from "../../../scripts/infra/roles.ts";
import { baselines } from "../../../shared/baselines/index.ts";
import { type LocalArm, startLocalArm, subscriptionId } from "../../emulator/arm/local-arm.ts";

const subscription = `/subscriptions/${subscriptionId}`;
const app = `${subscription}/resourceGroups/rg-guard/providers/Microsoft.Web/sites/guard`;
const guard = "b0000000-0000-4000-8000-000000000001";
const { subscription: look, read, fixes } = rolesOf(baselines);

let local: LocalArm;
let directory: string;

beforeEach(async () => {
  local = await startLocalArm();
  directory = await mkdtemp(path.join(tmpdir(), "provision-locally-"));
  await writeFile(path.join(directory, "ca.pem"), local.tlsOptions.ca);
  local.arm.seed(app, {
    identity: { type: "UserAssigned", userAssignedIdentities: { "/id": { principalId: guard } } },
  });
});
afterEach(async () => {
  await local.arm.close();
  await rm(directory, { recursive: true });
});

async function provision(enforced: string): Promise<string[]> {
  const CA_CERT = path.join(directory, "ca.pem");
  const environment = { ARM_ENDPOINT: local.arm.endpoint, ACCESS_TOKEN: "ops", CA_CERT, GUARD_APP_ID: app };
  const arm = await openArm({ environment, directory, now: () => new Date() });
  const out: string[] = [];
  await provisionLocally(arm, { ...environment, ENFORCED_BASELINES: enforced }, (line) => out.push(line));
  return out;
}

/** The actions of the roles that there are. */
function actionsOfRoles() {
  return local.arm.resources
    .ofType("Microsoft.Authorization/roleDefinitions")
    .map(({ body }) => body.properties)
    .map((properties) => JSON.parse(JSON.stringify(properties)).permissions[0].actions);
}

function ids() {
  const types = ["Authorization/roleDefinitions", "Authorization/roleAssignments", "Storage/storageAccounts"];
  return types.flatMap((type) => local.arm.resources.ofType(`Microsoft.${type}`).map(({ id }) => id));
}

test("makes a storage account and the roles to read, and no role that may write", async () => {
  const out = await provision("");

  expect(out).toEqual([
    "storage account stguardlocal, with the roles on it",
    `role "look at the subscription", assigned on ${subscription}`,
    `role "read", assigned on ${subscription}`,
  ]);
  expect(actionsOfRoles()).toEqual([look, read]);
});

test("adds the role of the fix of each baseline that is enforced, and takes nothing away", async () => {
  await provision("storage/minimum-tls");
  const before = ids();
  await provision("storage/minimum-tls");

  expect(ids()).toEqual(before);
  expect(actionsOfRoles()).toEqual([look, read, fixes.get("storage/minimum-tls")]);
});

test("makes nothing for a name that is no baseline with a fix, and says which there are", async () => {
  await expect(provision("storage/secure")).rejects.toThrow(
    "ENFORCED_BASELINES names storage/secure. There are: storage/secure-transfer",
  );
  expect(ids()).toEqual([]);
});
