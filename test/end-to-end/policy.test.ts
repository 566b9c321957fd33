import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { policyHash } from "../../shared/policy/policy-file.ts";
import { entriesOf } from "./answers.ts";
import { eventually } from "./eventually.ts";
import { accountId, group, type HttpReply, seedAccount, startWorld, subscriptionId, type World } from "./world.ts";

const healthSchema = z.looseObject({
  status: z.string(),
  policy: z.looseObject({
    holds: z.looseObject({ hash: z.string(), changedBy: z.string().optional() }).optional(),
    problems: z.array(
      z.object({ line: z.number(), column: z.number(), path: z.string(), found: z.string(), allowed: z.string() }),
    ),
    idleExemptions: z.array(z.string()),
    unreadable: z.string().optional(),
  }),
});
const insecure = { supportsHttpsTrafficOnly: false };
const enforcing = "version: 1\nmode: enforce\n";
const auditingGroup = `${enforcing}rules: [{ name: quiet, scope: { resourceGroup: ${group} }, baselines: { '*': audit } }]\n`;

let folder: string;
let file: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "policy-file-"));
  file = path.join(folder, "guard.policy.yaml");
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function health(world: World): Promise<{ status: number; body: z.infer<typeof healthSchema> }> {
  const { status, body }: HttpReply = await world.get("/api/health");
  return { status, body: healthSchema.parse(body) };
}

/** Writes the policy, and waits until it holds. */
async function decree(world: World, text: string): Promise<void> {
  await writeFile(file, text);
  await eventually(
    async () => (await health(world)).body.policy.holds?.hash === policyHash(text),
    "the policy to hold",
  );
}

/** A person turns secure transfer off on a new account, and the service judges it. */
async function violate(world: World, name: string, outcome: string) {
  const id = seedAccount(world, name);
  await world.person.storageAccounts.update(group, name, { enableHttpsTrafficOnly: false });
  return await world.remediation(id, outcome);
}

describe("a service with a policy file", () => {
  let world: World;

  beforeAll(async () => {
    await writeFile(file, enforcing);
    const subscriptions = [{ subscriptionId, displayName: "Polaris Cruises", managementGroup: "cruises" }];
    world = await startWorld({ POLICY_FILE: file, POLICY_READ_SECONDS: "1" }, { subscriptions });
  });

  afterAll(() => world.close());

  test("fixes what the file enforces, and the journal names the version that decided", async () => {
    const remediation = await violate(world, "enforced", "remediated");

    expect(entriesOf(remediation, "intent")).toMatchObject([{ policy: { version: policyHash(enforcing) } }]);
    expect(await health(world)).toMatchObject({ status: 200, body: { status: "healthy" } });
  });

  test("logs and leaves alone what a changed file audits, without a restart", async () => {
    await decree(world, auditingGroup);

    const remediation = await violate(world, "audited", "audit");

    expect(entriesOf(remediation, "remediation").at(-1)).toMatchObject({
      policy: { version: policyHash(auditingGroup) },
      results: expect.arrayContaining([
        expect.objectContaining({ baseline: "storage/secure-transfer", rule: "quiet" }),
      ]),
    });
    expect(world.stored(accountId("audited"))).toMatchObject({ properties: insecure });
  });

  test("keeps to the last good version where the file is bad, also after a restart, and says what is wrong", async () => {
    await decree(world, auditingGroup);
    await writeFile(file, `${enforcing}rulez: []\n`);
    await eventually(async () => (await health(world)).body.policy.problems.length > 0, "the file to be refused");
    await world.azure.restartFunctions();

    const remediation = await violate(world, "afterbad", "audit");

    const { status, body } = await health(world);
    expect([status, body.status]).toEqual([200, "policy-degraded"]);
    expect(body.policy.holds?.hash).toBe(policyHash(auditingGroup));
    expect(body.policy.problems).toEqual([
      { line: 3, column: 1, path: "rulez", allowed: expect.stringContaining("rules"), found: "rulez" },
    ]);
    expect(entriesOf(remediation, "remediation").at(-1)?.policy?.version).toBe(policyHash(auditingGroup));
    const refused = (await world.journal("policy")).filter(({ kind }) => kind === "policy-refused");
    expect(refused).toMatchObject([{ holds: policyHash(auditingGroup) }]);
  });

  test("goes by the management groups of Resource Graph, and by tags", async () => {
    const rule =
      "{ name: ours, scope: { managementGroup: cruises, tag: { name: tier, value: gold } }, baselines: { '*': enforce } }";
    await decree(world, `version: 1\nrules: [${rule}]\n`);
    const id = seedAccount(world, "tagged", {}, { tags: { Tier: "gold" } });
    await world.person.storageAccounts.update(group, "tagged", { enableHttpsTrafficOnly: false });

    const remediation = await world.remediation(id, "remediated");

    expect(entriesOf(remediation, "intent")[0]?.policy).toMatchObject({ managementGroupsReadAt: expect.any(String) });
    await violate(world, "untagged", "audit");
  });

  test("leaves alone what the file exempts; an exemption without an owner is none, and health says so", async () => {
    const until = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
    const exemptions = ["agreed", "ownerless"].map((name) => {
      const owner = name === "agreed" ? "owner: Deck 4, " : "";
      return `  - { scope: { resource: ${accountId(name)} }, baselines: ["*"], ${owner}reason: Old reader, until: ${until} }`;
    });
    await decree(world, `${enforcing}exemptions:\n${exemptions.join("\n")}\n`);

    await violate(world, "agreed", "exempt");
    await violate(world, "ownerless", "remediated");

    const { body } = await health(world);
    expect(body.status).toBe("healthy");
    expect(body.policy.idleExemptions).toEqual([expect.stringMatching(/^Exemption 2 .*owner/)]);
  });

  test("waits for the write window, and fixes once there is none any more", async () => {
    // A window of a day of the week that is not today, nor tomorrow, in any time zone.
    const day = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"][(new Date().getUTCDay() + 3) % 7];
    const window = `{ days: [${day}], from: "12:00", to: "13:00", timeZone: Europe/Berlin }`;
    const rule = "{ name: later, baselines: { '*': { mode: enforce, window: weekly } } }";
    await decree(world, `version: 1\nwindows: { weekly: ${window} }\nrules: [${rule}]\n`);
    const waiting = await violate(world, "waiting", "awaiting-window");
    await decree(world, enforcing);

    await world.post("/api/recheck", { resourceId: accountId("waiting") });

    expect(await world.remediation(accountId("waiting"), "remediated")).toMatchObject({ id: waiting.id });
  });
});

describe("a service whose policy is in a blob", () => {
  test("has nothing enforced before there is one, takes it up once it is there, and knows who put it there", async () => {
    const world = await startWorld({ POLICY_FILE: "blob:decrees/guard.policy.yaml", POLICY_READ_SECONDS: "1" });
    try {
      await violate(world, "lawless", "audit");
      const missing = await health(world);
      const container = world.blobs.getContainerClient("decrees");
      await container.create();
      const blob = container.getBlockBlobClient("guard.policy.yaml");
      await blob.upload(enforcing, enforcing.length, { metadata: { changedby: "alex" } });
      await eventually(async () => (await health(world)).status === 200, "the policy to hold");

      await violate(world, "lawful", "remediated");

      expect([missing.status, missing.body.status]).toEqual([503, "policy-missing"]);
      expect(missing.body.policy.unreadable).toMatch(/no such blob/);
      expect(
        world.lines.some(({ message, level }) => message.startsWith("no policy was ever") && level === "error"),
      ).toBe(true);
      expect((await health(world)).body.policy.holds?.changedBy).toBe("alex");
    } finally {
      await world.close();
    }
  });
});
