import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { guardAudience, securityTeam } from "../../emulator/company.ts";
import { policyHash } from "../../shared/policy/policy-file.ts";
import { type Ran, run } from "../command/run.ts";
import { eventually } from "./eventually.ts";
import { assignGuard } from "./guard-role.ts";
import { accountId, group, groupId, seedAccount, startWorld, type World } from "./world.ts";

/** What operators do by the command, signed in, and what the journal tells of it afterwards. */

const reviewed = "galley";
const enforcing = "version: 1\nmode: enforce\n";
const reviewing = `${enforcing}rules: [{ name: under review, scope: { resourceGroup: ${reviewed} }, baselines: { '*': audit } }]\n`;

const healthSchema = z.object({
  status: z.string(),
  policy: z.object({
    holds: z.object({ hash: z.string() }).optional(),
    problems: z.array(z.object({ line: z.number(), path: z.string() })),
  }),
});

let world: World;
let folder = "";
let file = "";

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "operators-"));
  file = path.join(folder, "guard.policy.yaml");
  await writeFile(file, enforcing);
  const settings = { POLICY_FILE: file, POLICY_READ_SECONDS: "1", NOTIFICATION_WINDOW_SECONDS: "0" };
  world = await startWorld(settings, { signIn: true });
  world.azure.arm.seed(groupId(reviewed), { location: "westeurope" });
  assignGuard(world.azure.arm, groupId(reviewed), world.serviceId);
});

afterAll(async () => {
  await world?.close();
  await rm(folder, { recursive: true, force: true });
});

function member(name: string): (typeof securityTeam)[number] {
  const found = securityTeam.find((each) => each.name.startsWith(`${name}@`));
  if (!found) throw new Error(`The security team has no ${name}`);
  return found;
}

async function tokenOf(name: string): Promise<string> {
  return await world.azure.identity.tokenFor(member(name), guardAudience);
}

/** Runs a command line as somebody of the security team. */
async function as(name: string, line: readonly string[], word?: string): Promise<Ran & { text: string }> {
  const environment = { ...world.azure.environment, FUNCTIONS_TOKEN: await tokenOf(name) };
  const ran = await run(line, environment, word === undefined ? {} : { ask: async () => word });
  return { ...ran, text: [...ran.out, ...ran.error].join("\n") };
}

async function health(): Promise<z.infer<typeof healthSchema>> {
  const headers = { authorization: `Bearer ${await tokenOf("rita")}` };
  const answer = await fetch(`${world.azure.functions.url}/api/health`, { headers });
  return healthSchema.parse(await answer.json());
}

/** Edits the policy file, and waits until health says what is expected of it. */
async function edit(text: string, holds: string): Promise<void> {
  await writeFile(file, text);
  await eventually(async () => {
    const { policy } = await health();
    return policy.holds?.hash === policyHash(holds) && policy.problems.length > 0 === (text !== holds);
  }, "the policy file to be taken up");
}

test("a group switched to audit in the file stays so while the file is broken and the app restarts, and all is told", async () => {
  await edit(reviewing, reviewing);
  const id = seedAccount(world, "ovens", {}, {}, accountId("ovens", reviewed));
  await world.person.storageAccounts.update(reviewed, "ovens", { enableHttpsTrafficOnly: false });
  await world.judged(id, "audit");

  await edit(`${reviewing}rulez: []\n`, reviewing);
  await world.azure.restartFunctions();
  await world.person.storageAccounts.update(reviewed, "ovens", { minimumTlsVersion: "TLS1_0" });
  await world.judged(id, "audit", 2);

  expect(world.stored(id)).toMatchObject({
    properties: { supportsHttpsTrafficOnly: false, minimumTlsVersion: "TLS1_0" },
  });
  expect(await health()).toMatchObject({ status: "policy-degraded", policy: { problems: [{ path: "rulez" }] } });
  await eventually(async () => {
    await world.fire("notify");
    return world.azure.receiver.received.find(({ type }) => type === "AzureEncryptionGuard.PolicyFellBack");
  }, "the notification that the policy fell back");
  const version = policyHash(reviewing).slice(0, 12);
  const { text: explained } = await as("rita", ["explain", id]);
  expect(explained).toContain('The rule "under review" is the first that matches: mode audit.');
  const { text: history } = await as("rita", ["journal", "show", id]);
  expect(history).toContain("storage/secure-transfer: audit.");
  expect(history).toContain(`by ${world.personId}`);
  expect(history).toContain("By the rule under review of the policy file.");
  expect(history).toContain(`Decided by the policy file's version ${version}`);
  const { text: policies } = await as("rita", ["journal", "show", "policy"]);
  expect(policies).toContain(`holds from now on, in its version ${version}`);
  expect(policies).toMatch(new RegExp(`was refused; the version ${version} holds on\\.[\\s\\S]*rulez`));
});

test("an account exempt for a day is left alone, and the journal tells who granted it, as what and why", async () => {
  await edit(enforcing, enforcing);
  const id = seedAccount(world, "jukebox", { minimumTlsVersion: "TLS1_0" });
  const why = ["--owner", "Entertainment", "--reason", "Old speakers.", "--baseline", "storage/minimum-tls"];

  const refused = await as("omar", ["exempt", id, ...why, "--for", "1d"]);
  const granted = await as("anna", ["exempt", id, ...why, "--for", "1d"]);

  expect([refused.code, granted.code]).toEqual([3, 0]);
  expect((await as("rita", ["journal", "show", "calls"])).text).toContain(
    `The person ${member("omar").objectId} (Operator) called POST /api/exemptions, refused: role-missing.`,
  );
  expect(refused.text).toMatch(/^role-missing: /);
  await world.judged(id, "exempt");
  expect(world.stored(id)).toMatchObject({ properties: { minimumTlsVersion: "TLS1_0" } });
  expect((await as("rita", ["explain", id])).text).toContain("Old speakers.");
  expect((await as("rita", ["journal", "show", id])).text).toMatch(
    new RegExp(
      `${member("anna").objectId} \\(Approver\\) granted exemption [\\s\\S]*Owner: Entertainment. Reason: Old speakers`,
    ),
  );
});

test("a fix that waits is approved once it was seen as it is now, undone by another, and the journal tells roles and reasons", async () => {
  await edit(enforcing, enforcing);
  const blocking = { sasPolicy: { sasExpirationPeriod: "1.00:00:00", expirationAction: "Block" } };
  const id = seedAccount(world, "charts", blocking, { kind: "FileStorage", sku: { name: "Premium_LRS" } });
  const shares = `${id}/fileServices/default/shares`;
  world.azure.arm.seed(`${shares}/cabins`, { properties: { enabledProtocols: "NFS" } });
  await world.person.storageAccounts.update(group, "charts", { enableHttpsTrafficOnly: false });
  const { remediationId = "" } = await world.judged(id, "awaiting-approval");
  await world.quiet();
  const approve = (name: string, reason: string, more: string[], word?: string) =>
    as(name, ["approve", remediationId, "--reason", reason, ...more], word);
  const one = ["--baseline", "storage/secure-transfer"];
  const { text: asked } = await approve("anna", "Not yet.", one, "n");
  const seen = /Proposal ([0-9a-f]{64})/.exec(asked)?.[1] ?? "none";

  world.azure.arm.seed(`${shares}/maps`, { properties: { enabledProtocols: "SMB" } });
  const stale = await approve("anna", "Seen.", ["--proposal", seen]);
  const byReader = await approve("rita", "Seen.", ["--proposal", seen]);
  const writesBefore = world.writes(id);
  const approved = await approve("anna", "The fleet was told.", one, "y");
  const fixed = world.stored(id);
  await world.quiet();
  const undone = await as("adam", ["undo", remediationId, "--reason", "No charts on the bridge."]);

  expect(stale.text).toMatch(/^proposal-changed: /);
  expect(byReader.text).toMatch(/^role-missing: /);
  expect(writesBefore).toEqual([]);
  expect([approved.code, undone.code], `${approved.text}\n${undone.text}`).toEqual([0, 0]);
  expect(fixed).toMatchObject({ properties: { supportsHttpsTrafficOnly: true } });
  expect(world.stored(id)).toMatchObject({ properties: { supportsHttpsTrafficOnly: false } });
  const { text: history } = await as("rita", ["journal", "show", id]);
  const [reader, approver, admin] = ["rita", "anna", "adam"].map((name) => member(name).objectId);
  const path = `POST /api/remediations/${remediationId}`;
  expect(history).toContain(`Because of Microsoft.Storage/storageAccounts/write by ${world.personId}.`);
  expect(history).toContain(`The person ${reader} (Reader) called ${path}/approve, refused: role-missing.`);
  expect(history).toContain(`${approver} (Approver) approved the fix for storage/secure-transfer: The fleet was told.`);
  expect(history).toContain("properties.supportsHttpsTrafficOnly: false becomes true");
  expect(history).toContain(`The person ${admin} (Admin) called ${path}/undo.`);
  expect(history).toContain(`Because ${admin} (Admin) undid remediation ${remediationId}: No charts on the bridge.`);
  expect(history).toContain("properties.supportsHttpsTrafficOnly: true becomes false");
});
