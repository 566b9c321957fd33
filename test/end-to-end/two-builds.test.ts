import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildPackage } from "../../scripts/build-package.ts";
import { buildSabotaged } from "../chaos/sabotage/build.ts";
import type { Sabotage } from "../chaos/sabotage/sabotages.ts";
import { entriesOf, errorSchema, healthSchema, recheckedSchema, remediationSchema, resultOf } from "./answers.ts";
import { eventually } from "./eventually.ts";
import { enforceAll, group, groupId, seedAccount, startWorld, type World, writeEvent } from "./world.ts";

/** The service's package is replaced by another build while work is in flight, forward and back. */

const secureTransfer = "storage/secure-transfer";
const weakTls = { minimumTlsVersion: "TLS1_0" };
const settledSchema = recheckedSchema.omit({ dryRun: true });

/** Turning encryption on takes 31 s in the emulator; so much of it is left to replace the package meanwhile. */
const durationScale = 0.4;

const nextRelease: Sabotage = {
  name: "next-release",
  rule: 0,
  off: "the version is another one",
  changes: [{ file: "shared/doors/health.ts", text: "version: packageJson.version", by: 'version: "next"' }],
};
const newerFormat: Sabotage = {
  name: "newer-format",
  rule: 0,
  off: "journal and tables have a newer format",
  changes: [
    { file: "shared/service/stored-format.ts", text: "{ journal: 1, tables: 1 }", by: "{ journal: 2, tables: 2 }" },
  ],
};

let folder: string;
let deployed: string;
let world: World;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "encryption-guard-builds-"));
  deployed = path.join(folder, "deployed");
  await buildPackage(path.join(folder, "this"));
  await buildSabotaged(nextRelease, path.join(folder, "next"));
  await buildSabotaged(newerFormat, path.join(folder, "newer"));
  await cp(path.join(folder, "this"), deployed, { recursive: true });
  const settings = { ...enforceAll, APPROVE_WITH_KEY: "true" };
  world = await startWorld(settings, { packageDirectory: deployed, durationScale });
}, 120_000);
afterAll(async () => {
  await world?.close();
  await rm(folder, { recursive: true, force: true });
});

test("work in flight is finished by the next build and by the last one, and an older one leaves a newer format alone", async () => {
  // A build of the same format takes over what this one began, and this one what that one began.
  const first = await beginWork("first");
  await deploy("next");
  expect((await health()).version).toBe("next");
  await isFinished(first);
  const second = await beginWork("second");
  await deploy("this");
  expect((await health()).version).not.toBe("next");
  await isFinished(second);

  // A newer format: what the older app finds there it leaves alone, and nothing is lost.
  await deploy("newer");
  const third = await beginWork("third");
  expect(await health()).toMatchObject({ status: "healthy", format: { stored: { journal: 2, tables: 2 } } });
  const entries = (await world.journal()).length;
  await deploy("this");
  const late = seedAccount(world, "lateaccount", weakTls);
  expect(await world.deliver(writeEvent(late))).toBe(202);
  await eventually(() => world.said.some((line) => line.includes('"format-newer"')), "the older app to refuse");
  expect(await health()).toMatchObject({ status: "format-newer", format: { own: { journal: 1, tables: 1 } } });
  const refused = await approve(third);
  expect([refused.status, errorSchema.parse(refused.body).error.code]).toEqual([503, "format-newer"]);
  expect(world.writes(late)).toEqual([]);
  expect(await world.journal()).toHaveLength(entries);

  await deploy("newer");
  await isFinished(third);
  await eventually(() => proven(late), "what came meanwhile to be fixed", 60_000);
}, 300_000);

interface Work {
  database: string;
  account: string;
  approvalId: string;
  proposal: string;
}

/** A long operation that Azure works on, with its follow-up on the queue, and a fix that waits for a person. */
async function beginWork(name: string): Promise<Work> {
  const account = seedAccount(
    world,
    `nfs${name}`,
    { sasPolicy: { sasExpirationPeriod: "1.00:00:00", expirationAction: "Block" } },
    { kind: "FileStorage", sku: { name: "Premium_LRS" } },
  );
  world.azure.arm.seed(`${account}/fileServices/default/shares/cabins`, { properties: { enabledProtocols: "NFS" } });
  await world.person.storageAccounts.update(group, `nfs${name}`, { enableHttpsTrafficOnly: false });
  const pending = await world.remediation(account, "awaiting-approval");
  const proposal = resultOf(pending, secureTransfer).proposal?.hash ?? "none";

  const database = `${groupId(group)}/providers/Microsoft.Sql/servers/crew/databases/${name}`;
  seedDatabase(database);
  await world.deliver(writeEvent(database, { data: { operationName: "Microsoft.Sql/servers/databases/write" } }));
  await eventually(() => world.writes(database).length === 1, "the encryption to be turned on");
  await eventually(
    async () => (await world.remediations(database))[0]?.outcome === "retrying",
    "the long operation to be waited for",
  );
  return { database, account, approvalId: pending.id, proposal };
}

async function isFinished(work: Work): Promise<void> {
  const encrypted = await eventually(() => proven(work.database), "the encryption to be proven", 60_000);
  expect(world.writes(work.database)).toHaveLength(1);
  expect(entriesOf(encrypted, "intent-outcome").map(({ outcome }) => outcome)).toEqual(["remediated"]);

  const approved = await approve(work);
  expect(approved.status).toBe(200);
  expect(settledSchema.parse(approved.body)).toMatchObject({ outcome: "remediated", remediationId: work.approvalId });
  const { body } = await world.get(`/api/remediations/${work.approvalId}`);
  expect(remediationSchema.parse(body).outcome).toBe("remediated");
}

async function proven(id: string) {
  const [remediation] = await world.remediations(id);
  if (remediation?.outcome !== "remediated") throw new Error(String(remediation?.outcome));
  return remediationSchema.parse((await world.get(`/api/remediations/${remediation.id}`)).body);
}

function approve({ approvalId, proposal }: Work) {
  return world.post(`/api/remediations/${approvalId}/approve`, { proposal, reason: "The fleet was told." });
}

async function health() {
  const { body } = await world.get("/api/health");
  return healthSchema.parse(body);
}

/** Puts another build in place of the deployed one, and starts the app anew, as a deployment does. */
async function deploy(build: "this" | "next" | "newer"): Promise<void> {
  await rm(deployed, { recursive: true, force: true });
  await cp(path.join(folder, build), deployed, { recursive: true });
  const { restarts } = world.azure.functions.worker;
  world.azure.functions.killWorker();
  await eventually(() => world.azure.functions.worker.restarts > restarts, "the app to be started again");
  await eventually(async () => (await world.get("/api/health")).status > 0, "the app to answer");
}

/** An unencrypted database, without an event. */
function seedDatabase(id: string): void {
  const server = id.slice(0, id.indexOf("/databases"));
  if (!world.azure.arm.resources.get(server)) world.azure.arm.seed(server, { location: "westeurope" });
  world.azure.arm.seed(id, { location: "westeurope" });
  world.azure.arm.seed(`${id}/transparentDataEncryption/current`, { properties: { state: "Disabled" } });
}
