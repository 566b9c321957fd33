import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  endOf,
  entriesOf,
  errorSchema,
  exemptionSchema,
  exemptionsSchema,
  type Remediation,
  recheckedSchema,
  remediationSchema,
  resultOf,
} from "./answers.ts";
import { eventually } from "./eventually.ts";
import { baseline, change, policiesOf, preset, seedTunnel, tunnelStatus, weak } from "./tunnels.ts";
import {
  accountId,
  enforceAll,
  group,
  groupId,
  seedAccount,
  startWorld,
  subscriptionId,
  type World,
  writeEvent,
} from "./world.ts";

/** What people decide: approvals, rejections, undo and exemptions. */

let world: World;

const secureTransfer = "storage/secure-transfer";
const settledSchema = recheckedSchema.omit({ dryRun: true });
const weakTls = { minimumTlsVersion: "TLS1_0" };

beforeAll(async () => {
  world = await startWorld({ ...enforceAll, APPROVE_WITH_KEY: "true", EXEMPTION_TAG: "guard-exempt" });
});
afterAll(() => world?.close());

/** An account whose NFS mounts the fix would cut off, as a person left it: its fix waits. */
async function nfsAccount(name: string): Promise<{ id: string; pending: Remediation }> {
  const rest = { kind: "FileStorage", sku: { name: "Premium_LRS" } };
  const blocking = { sasPolicy: { sasExpirationPeriod: "1.00:00:00", expirationAction: "Block" } };
  const id = seedAccount(world, name, blocking, rest);
  world.azure.arm.seed(`${id}/fileServices/default/shares/cabins`, { properties: { enabledProtocols: "NFS" } });
  await world.person.storageAccounts.update(group, name, { enableHttpsTrafficOnly: false });
  const pending = await world.remediation(id, "awaiting-approval");
  // Our own late looks would only find the same again.
  await world.quiet();
  return { id, pending };
}

function proposalIn(remediation: Remediation): string {
  return resultOf(remediation, secureTransfer).proposal?.hash ?? "none";
}

async function read(remediationId: string): Promise<Remediation> {
  return remediationSchema.parse((await world.get(`/api/remediations/${remediationId}`)).body);
}

function decide(remediationId: string, verb: "approve" | "reject", proposal: string) {
  return world.post(`/api/remediations/${remediationId}/${verb}`, { proposal, reason: "The fleet was told." });
}

describe("a fix that waits for a person", () => {
  test("is made once its proposal was approved as it is now, in one remediation from the finding to the proof", async () => {
    const { id, pending } = await nfsAccount("approved");
    expect(pending.baselines.find(({ baseline }) => baseline === secureTransfer)?.asked).toMatchObject({
      proposal: proposalIn(pending),
      changes: [{ part: "fileServices" }, { part: "" }],
      mayBreak: expect.stringContaining("mount NFS shares"),
    });

    world.azure.arm.seed(`${id}/fileServices/default/shares/maps`, { properties: { enabledProtocols: "SMB" } });
    const refused = await decide(pending.id, "approve", proposalIn(pending));
    expect(refused.status).toBe(409);
    const { code, details } = errorSchema.parse(refused.body).error;
    expect(code).toBe("proposal-changed");
    const proposed = details.find(({ target }) => target === secureTransfer)?.message ?? "";
    expect(proposed).not.toBe(proposalIn(pending));
    expect(world.writes(id)).toEqual([]);

    const approved = await decide(pending.id, "approve", proposed);
    expect(approved.status).toBe(200);
    expect(settledSchema.parse(approved.body)).toMatchObject({ outcome: "remediated", remediationId: pending.id });
    expect(world.stored(id)).toMatchObject({ properties: { supportsHttpsTrafficOnly: true } });
    const remediation = await read(pending.id);
    expect(remediation).toMatchObject({ outcome: "remediated", changedBy: world.personId });
    expect(entriesOf(remediation, "approval")).toMatchObject([
      { decision: "approved", proposal: proposed, by: "function key", reason: "The fleet was told." },
    ]);
    const kinds = remediation.journal.map(({ kind }) => kind);
    expect(kinds.indexOf("approval")).toBeLessThan(kinds.indexOf("intent"));
  });

  test("can be undone, both of its writes, and stays as it was put back", async () => {
    const { id, pending } = await nfsAccount("taken-back");
    await decide(pending.id, "approve", proposalIn(pending));
    await world.quiet();

    const { body } = await world.post(`/api/remediations/${pending.id}/undo`, { reason: "No charts." });

    expect(settledSchema.parse(body).outcome).toBe("undone");
    expect(world.stored(id)).toMatchObject({ properties: { supportsHttpsTrafficOnly: false } });
    const fileServices = JSON.stringify(world.stored(`${id}/fileServices/default`));
    expect(fileServices).not.toContain('"required"');
    await world.deliver(writeEvent(id));
    await world.judged(id, "exempt");
    expect(world.stored(id)).toMatchObject({ properties: { supportsHttpsTrafficOnly: false } });
  });

  test("is left alone where it was rejected, and the finding stays", async () => {
    const { id, pending } = await nfsAccount("rejected");

    const { status } = await decide(pending.id, "reject", proposalIn(pending));

    expect(status).toBe(200);
    const remediation = await read(pending.id);
    expect(resultOf(remediation, secureTransfer)).toMatchObject({
      outcome: "audit",
      reason: expect.stringMatching(/^Rejected by function key.*The fleet was told\.$/),
      findings: [{ path: "properties.supportsHttpsTrafficOnly" }],
    });
    expect(world.writes(id)).toEqual([]);
  });

  test("of a tunnel in use is made once it was approved, through all of Azure's time for it", async () => {
    const id = seedTunnel(world, "approved-line", { ipsecPolicies: [{ ...weak }] }, [weak, preset]);
    await tunnelStatus(world, id, "Connected");
    await change(world, id, {});
    const pending = await world.remediation(id, "awaiting-approval");
    expect(resultOf(pending, baseline).guard).toBe("peer-unknown");

    const { proposal } = resultOf(pending, baseline);
    expect((await decide(pending.id, "approve", proposal?.hash ?? "")).status).toBe(200);

    const remediation = await world.remediation(id, "remediated");
    expect(remediation.id).toBe(pending.id);
    expect(policiesOf(world, id)).toEqual([preset]);
    expect(entriesOf(remediation, "approval")).toMatchObject([{ decision: "approved" }]);
  });

  test.each<[string, string, object, number, string]>([
    ["without a reason", "approve", { proposal: "a".repeat(64) }, 400, "body-invalid"],
    ["of what is no hash", "reject", { proposal: "all", reason: "Yes." }, 400, "body-invalid"],
    ["of no remediation", "approve", { proposal: "a".repeat(64), reason: "Yes." }, 404, "remediation-unknown"],
  ])("a decision %s is refused", async (_what, verb, body, status, code) => {
    const reply = await world.post(`/api/remediations/1795399077313-9ec8bcd4/${verb}`, body);

    expect(reply.status).toBe(status);
    expect(errorSchema.parse(reply.body).error.code).toBe(code);
  });
});

describe("an exemption", () => {
  async function exempt(more: object): Promise<{ id: string; until: string }> {
    const { status, body } = await world.post("/api/exemptions", {
      baseline: "storage/minimum-tls",
      owner: "Bridge",
      reason: "Old tablets.",
      until: new Date(Date.now() + 86_400_000).toISOString(),
      ...more,
    });
    expect(status).toBe(201);
    return exemptionSchema.parse(body);
  }

  test("leaves a resource alone until it ends; then it is looked at and fixed by itself", async () => {
    const id = seedAccount(world, "exempted", weakTls);
    const { id: exemptionId } = await exempt({ scope: id, until: new Date(Date.now() + 4000).toISOString() });

    await world.deliver(writeEvent(id));
    const exempted = await world.remediation(id, "exempt");
    expect(resultOf(exempted, "storage/minimum-tls").exemption).toMatchObject({
      owner: "Bridge",
      reason: "Old tablets.",
    });
    expect(world.stored(id)).toMatchObject({ properties: weakTls });

    await eventually(async () => {
      await world.fire("waker");
      return JSON.stringify(world.stored(id)).includes('"minimumTlsVersion":"TLS1_2"');
    }, "the exemption to end");
    const { reason } = resultOf(await world.remediation(id, "remediated"), "storage/minimum-tls");
    expect(reason).toContain(`Exemption ${exemptionId} of Bridge ended on`);
  });

  test("of a group covers what is in it, until a person ends it", async () => {
    const { id: exemptionId } = await exempt({ scope: groupId(group) });
    const id = seedAccount(world, "grouped", weakTls);
    await world.deliver(writeEvent(id));
    await world.judged(id, "exempt");

    const ended = await world.delete(`/api/exemptions/${exemptionId}`);

    expect(ended.status).toBe(200);
    await world.deliver(writeEvent(id));
    await world.judged(id, "remediated");
    const { exemptions } = exemptionsSchema.parse((await world.get("/api/exemptions")).body);
    expect(exemptions.find((each) => each.id === exemptionId)).toMatchObject({
      active: false,
      endedBy: "function key",
    });
    expect((await world.journal(groupId(group))).map((entry) => entry.kind === "exemption" && entry.event)).toEqual([
      "granted",
      "ended",
    ]);
  });

  test("that a tag asks for is shown by a hash, and holds once it is granted for what the tag says", async () => {
    const said = "<b>until the dry dock</b>";
    const id = seedAccount(world, "tagged", weakTls, { tags: { "guard-exempt": said } });
    await world.deliver(writeEvent(id));
    const asked = await world.remediation(id, "remediated");
    const { exemptionAsked } = resultOf(asked, "storage/minimum-tls");
    expect(exemptionAsked).toMatchObject({ tag: "guard-exempt", value: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(JSON.stringify(asked)).not.toContain("dry dock");

    await exempt({ scope: id, tagValue: exemptionAsked?.value });
    await world.person.storageAccounts.update(group, "tagged", { minimumTlsVersion: "TLS1_0" });

    await world.judged(id, "exempt");
    await world.person.storageAccounts.update(group, "tagged", { tags: { "guard-exempt": "for ever" } });
    const again = await world.remediation(id, "remediated", 2);
    expect(
      endOf(again)
        .results.map(({ reason }) => reason)
        .join(),
    ).toContain("says something else");
  });

  test("of what lies out of scope is refused", async () => {
    const scope = accountId("elsewhere", group, subscriptionId.replace("0001", "00ff"));

    const { status, body } = await world.post("/api/exemptions", {
      scope,
      baseline: "all",
      owner: "Bridge",
      reason: "Old tablets.",
      until: new Date(Date.now() + 86_400_000).toISOString(),
    });

    expect(status).toBe(403);
    expect(errorSchema.parse(body).error.code).toBe("out-of-scope");
  });
});

test("with a key alone nothing is decided unless a setting says so", async () => {
  await world.azure.restartFunctions({ APPROVE_WITH_KEY: "false" });

  const replies = await Promise.all([
    decide("1795399077313-9ec8bcd4", "approve", "a".repeat(64)),
    decide("1795399077313-9ec8bcd4", "reject", "a".repeat(64)),
    world.post("/api/exemptions", {}),
    world.delete("/api/exemptions/1795399077313-9ec8bcd4"),
  ]);

  for (const { status, body } of replies) {
    expect(status).toBe(403);
    expect(errorSchema.parse(body).error.code).toBe("approval-needs-sign-in");
  }
  expect((await world.get("/api/exemptions")).status).toBe(200);
});
