import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Azure, removeAllButJournal } from "../../../scripts/infra/remove-all-but-journal.ts";
import { type LocalArm, startLocalArm } from "../../emulator/arm/local-arm.ts";
import {
  components,
  environment,
  going,
  group,
  guard,
  inFolder,
  journal,
  kept,
  openLocally,
  providers,
  seedDeployment,
  somebody,
  storage,
  subscription,
  subscriptionId,
  topic,
  withoutChance,
  zone,
} from "./deployment-in-azure.ts";

const script = path.resolve(import.meta.dirname, "../../../scripts/infra/remove-all-but-journal.ts");

let local: LocalArm;
let azure: Azure & { waits: number[] };

beforeEach(async () => {
  local = await startLocalArm({ subscriptions: [{ subscriptionId, displayName: "Cruises" }] });
  seedDeployment(local);
  azure = await openLocally(local);
});
afterEach(() => local.arm.close());

async function remove(set: NodeJS.ProcessEnv = {}, dryRun = false) {
  const out: string[] = [];
  const left = await removeAllButJournal(azure, { ...environment, ...set }, dryRun, (line) => out.push(line));
  return { left, out: out.map(withoutChance) };
}

/** The role that infra/access/journal.bicep makes for the group, and its assignment on the account. */
function seedAppendToJournal(): { role: string; assignment: string } {
  const role = `${subscription}/providers/Microsoft.Authorization/roleDefinitions/d0000000-0000-4000-8000-000000000002`;
  const roleName = "Azure Encryption Guard production: append to the journal (abc123)";
  local.arm.seed(role, { properties: { roleName, assignableScopes: [group] } });
  const assignment = `${journal}/providers/Microsoft.Authorization/roleAssignments/e0000000-0000-4000-8000-000000000007`;
  local.arm.seed(assignment, { properties: { principalId: guard, roleDefinitionId: role } });
  return { role, assignment };
}

function ids(): string[] {
  return local.arm.resources.list(subscription).map(({ id }) => withoutChance(id));
}

/** What was deleted, in order. */
function deletions(): string[] {
  return local.arm.requests
    .filter(({ method, status }) => method === "DELETE" && status < 300)
    .map((request) => withoutChance(request.path));
}

test("deletes all that the deployment made, in the group and outside, and keeps the journal and what is others'", async () => {
  const { left, out } = await remove();

  expect(left).toEqual([]);
  expect(ids().toSorted()).toEqual(kept.toSorted());
  expect(out.filter((line) => line.startsWith("deleted"))).toEqual(going.map((id) => `deleted ${id}`));
  // In an order in which nothing was in use any more.
  expect(azure.waits).toEqual([]);
});

test("says what stays, the journal by its id", async () => {
  const { out } = await remove({ ENTRA_CLIENT_ID: guard });

  expect(out.filter((line) => line.startsWith("stays"))).toEqual([
    `stays   the journal: ${journal}`,
    "stays   the resource group rg-encryption-guard-production, which holds it",
    `stays   ${topic}`,
    `stays   the app registration: az ad app delete --id ${guard}`,
    "stays   providers that were registered",
    "stays   deployments in the history of the resource group and of the subscription",
    expect.stringContaining("stays   in other subscriptions that were not disconnected before"),
  ]);
});

test("finds nothing the second time, and says so", async () => {
  await remove();
  const { left, out } = await remove();

  expect(left).toEqual([]);
  expect(out[0]).toBe("Nothing to remove.");
  expect(ids().toSorted()).toEqual(kept.toSorted());
});

test("a dry run says in the same order what would be deleted, and deletes nothing", async () => {
  const before = ids();
  const { left, out } = await remove({}, true);

  expect(left).toEqual([]);
  expect(out.filter((line) => !line.startsWith("stays"))).toEqual(going.map((id) => `would delete ${id}`));
  expect(out.at(-1)).toContain("azure-encryption-guard disconnect, before the app is gone");
  expect(ids()).toEqual(before);
});

test("lets the app go of its subnet before it deletes the app", async () => {
  await remove();

  const site = `${providers}/Microsoft.Web/sites/app`;
  expect(deletions().filter((id) => id.startsWith(site))).toEqual([`${site}/networkConfig/virtualNetwork`, site]);
});

test("asks with the newest api-version of each type that is no preview", async () => {
  await remove();

  const asked = local.arm.requests.filter(({ method }) => method === "DELETE");
  const versionOf = (type: string) => asked.find((request) => request.path.includes(`/${type}/`))?.apiVersion;
  expect(versionOf("scheduledQueryRules")).toBe("2023-12-01");
  expect(versionOf("actionGroups")).toBe("2023-01-01");
});

test("tries again after a pause what was still in use", async () => {
  const code = "CannotDeleteResource";
  local.arm.failNext(({ method, path: asked }) =>
    method === "DELETE" && asked === zone
      ? { kind: "answer", when: "before", status: 409, body: { error: { code, message: "Nested resources exist." } } }
      : undefined,
  );

  const { left } = await remove();

  expect(left).toEqual([]);
  expect(azure.waits).toEqual([30_000]);
  expect(ids().toSorted()).toEqual(kept.toSorted());
});

test("gives up on what stays in use, says what Azure said, and has deleted all else", async () => {
  const error = { code: "CannotDeleteResource", message: "Nested resources exist." };
  local.arm.failNext(
    ({ method, path: asked }) =>
      method === "DELETE" && asked === zone
        ? { kind: "answer", when: "before", status: 409, body: { error } }
        : undefined,
    Number.POSITIVE_INFINITY,
  );

  const { left, out } = await remove();

  expect(left).toEqual([{ id: zone, why: "CannotDeleteResource: Nested resources exist." }]);
  expect(out.at(-1)).toBe(`not deleted ${zone}\n  CannotDeleteResource: Nested resources exist.`);
  expect(azure.waits).toEqual(Array.from({ length: 7 }, () => 30_000));
  expect(ids().toSorted()).toEqual([...kept, zone].toSorted());
});

test("waits for nobody to take a lock away, and goes on from there in another run", async () => {
  const lock = `${components}/providers/Microsoft.Authorization/locks/keep`;
  local.arm.seed(lock, { properties: { level: "CanNotDelete" } });

  const { left } = await remove();
  local.arm.resources.delete(lock);
  const again = await remove();

  expect(left).toEqual([{ id: components, why: expect.stringMatching(/^ScopeLocked: /) }]);
  expect(azure.waits).toEqual([]);
  expect(again.out.filter((line) => line.startsWith("deleted"))).toEqual([`deleted ${components}`]);
  expect(ids().toSorted()).toEqual(kept.toSorted());
});

test("leaves what others put in the group, and says whose it is", async () => {
  const theirs = [
    `${providers}/Microsoft.OperationalInsights/workspaces/theirs`,
    `${providers}/Microsoft.Storage/storageAccounts/stother`,
  ];
  local.arm.seed(theirs[0] ?? "");
  local.arm.seed(theirs[1] ?? "", { tags: { "azd-env-name": "staging" } });

  const { left, out } = await remove();

  expect(left).toEqual([]);
  expect(ids().toSorted()).toEqual([...kept, ...theirs].toSorted());
  const said = theirs.map((id) => `stays   ${id}, which is somebody else's: it has no tag of this deployment`);
  expect(out).toEqual(expect.arrayContaining(said));
});

test("goes on where a lock keeps the rights to the journal, names these, and takes them away once the lock is gone", async () => {
  const append = seedAppendToJournal();
  const lock = `${journal}/providers/Microsoft.Authorization/locks/keep`;
  local.arm.seed(lock, { properties: { level: "CanNotDelete" } });

  const { left, out } = await remove();
  const afterwards = ids();
  local.arm.resources.delete(lock);
  const again = await remove();

  const identities = going.slice(-2);
  expect(left).toEqual([
    { id: append.assignment, why: expect.stringContaining("ScopeLocked: ") },
    { id: append.role, why: expect.stringContaining("RoleDefinitionHasAssignments: ") },
    ...identities.map((id) => ({ id, why: expect.stringContaining("nobody could tell whose") })),
  ]);
  expect(out).toContain(`stays   the journal: ${journal}`);
  expect(out).toContain(`not deleted ${append.assignment}\n  ${left[0]?.why}`);
  expect(afterwards.toSorted()).toEqual([...kept, lock, append.assignment, append.role, ...identities].toSorted());
  expect(again.left).toEqual([]);
  expect(ids().toSorted()).toEqual(kept.toSorted());
});

test("names all that a lock on the group keeps, has taken away what is outside, and does the rest once the lock is gone", async () => {
  const append = seedAppendToJournal();
  const lock = `${group}/providers/Microsoft.Authorization/locks/keep`;
  local.arm.seed(lock, { properties: { level: "CanNotDelete" } });

  const { left, out } = await remove();
  const outside = going.slice(0, 3);
  const afterwards = ids();
  local.arm.resources.delete(lock);
  const again = await remove();

  expect(left.map(({ id }) => withoutChance(id)).toSorted()).toEqual(
    [append.assignment, append.role, ...going.slice(3)].toSorted(),
  );
  expect(azure.waits).toEqual([]);
  expect(out.filter((line) => line.startsWith("deleted"))).toEqual(outside.map((id) => `deleted ${id}`));
  expect(out).toContain(`stays   the journal: ${journal}`);
  expect(afterwards).toEqual(expect.arrayContaining(going.slice(3)));
  expect(again.left).toEqual([]);
  expect(ids().toSorted()).toEqual(kept.toSorted());
});

test("leaves what the settings name as somebody else's, should it be in the group", async () => {
  const network = `${providers}/Microsoft.Network/virtualNetworks/spoke`;
  const workspace = `${providers}/Microsoft.OperationalInsights/workspaces/theirs`;
  local.arm.seed(network);
  local.arm.seed(workspace);

  const set = { EXISTING_WORKSPACE_ID: workspace, INTEGRATION_SUBNET_ID: `${network.toUpperCase()}/subnets/app` };
  const { left } = await remove(set);

  expect(left).toEqual([]);
  expect(ids().toSorted()).toEqual([...kept, network, workspace].toSorted());
});

test.each([
  ["the named account is not in the group", () => ({ GUARD_JOURNAL_NAME: "stelsewhere" }), "stelsewhere is not in the"],
  ["the named account holds no journal", () => ({ GUARD_JOURNAL_NAME: "stguard" }), `container journal: ${journal}`],
  [
    "another account holds a container of that name too",
    () => {
      local.arm.seed(`${storage}/blobServices/default/containers/journal`);
      return {};
    },
    "Storage accounts with a container journal: ",
  ],
  [
    "Azure does not show what an account holds",
    () => {
      local.arm.failNext(({ path: asked }) =>
        asked === `${storage}/blobServices/default/containers/journal`
          ? {
              kind: "answer",
              when: "before",
              status: 403,
              body: { error: { code: "AuthorizationFailed", message: "No." } },
            }
          : undefined,
      );
      return {};
    },
    "AuthorizationFailed: No.",
  ],
  [
    "the group is not this environment's",
    () => {
      local.arm.seed(group, { tags: { "azd-env-name": "staging" } });
      return {};
    },
    "has not the tag azd-env-name=production",
  ],
  ["the group is not there", () => ({ AZURE_RESOURCE_GROUP: "rg-gone" }), "ResourceGroupNotFound"],
  [
    "somebody else has one of the roles",
    () => {
      const [, , roleDefinitionId = ""] = going;
      const id = `${group}/providers/Microsoft.Authorization/roleAssignments/e0000000-0000-4000-8000-000000000008`;
      local.arm.seed(id, { properties: { principalId: somebody, roleDefinitionId } });
      return {};
    },
    `${somebody} has Azure Encryption Guard production: read (abc123)`,
  ],
])("deletes nothing where %s", async (_, arrange, said) => {
  const set = arrange();
  const before = ids();

  await expect(remove(set)).rejects.toThrow(said);
  expect(ids()).toEqual(before);
  expect(deletions()).toEqual([]);
});

// Two processes, each of which loads the clients anew.
test("as a command ends with 1 where something is left, and with 0 where nothing is", async () => {
  const lock = `${components}/providers/Microsoft.Authorization/locks/keep`;
  local.arm.seed(lock, { properties: { level: "CanNotDelete" } });

  const withLock = await runScript();
  local.arm.resources.delete(lock);
  const without = await runScript();

  expect(withLock.code).toBe(1);
  expect(withLock.out).toContain(`not deleted ${components}\n  ScopeLocked: `);
  expect(without).toMatchObject({
    code: 0,
    out: expect.stringContaining(`deleted ${components}\nstays   the journal`),
  });
}, 120_000);

function runScript(): Promise<{ code: number; out: string }> {
  return inFolder(local.tlsOptions.ca, async (cwd, CA_CERT) => {
    const env = { ...environment, CLOUD: "custom", ARM_ENDPOINT: local.arm.endpoint, ACCESS_TOKEN: "ops", CA_CERT };
    const running = promisify(execFile)(process.execPath, [script], { cwd, env });
    return running.then(
      ({ stdout }) => ({ code: 0, out: stdout }),
      (failed: { code: number; stdout: string }) => ({ code: failed.code, out: failed.stdout }),
    );
  });
}
