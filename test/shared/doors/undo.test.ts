import { afterEach, describe, expect, test, vi } from "vitest";
import type { Caller } from "../../../shared/access/caller.ts";
import type { Answer, Look } from "../../../shared/engine/world.ts";
import type { JournalEntry } from "../../../shared/journal/journal.ts";
import { useAzurite } from "../../support/azurite.ts";
import { engineer } from "../../support/engine-world.ts";
import { resourceId } from "../../support/things.ts";

const azurite = useAzurite();
const subscription = "/subscriptions/11111111-1111-4111-8111-111111111111";
const account = `${subscription}/resourceGroups/cruises/providers/Microsoft.Storage/storageAccounts/passengers`;
const database = `${subscription}/resourceGroups/cruises/providers/Microsoft.Sql/servers/cabins/databases/guests`;
const remediationId = "1795399077313-9ec8bcd4";
const deployer = "44444444-4444-4444-8444-444444444444";
const tls = "storage/minimum-tls";
const atRest = "sql/transparent-data-encryption";
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const body = JSON.stringify({ reason: "The old tablets." });

afterEach(() => vi.doUnmock("../../../shared/engine/reconcile.ts"));

interface Fixed {
  resource?: string;
  baseline?: string;
  changedBy?: string;
  changers?: string[];
  environment?: { [name: string]: string };
  answer?: Answer;
}

/** The door, with a remediation of a proven fix behind it, and the looks that the engine is asked for. */
async function doorTo({
  resource = account,
  baseline = tls,
  changedBy = engineer,
  changers,
  environment,
  answer,
}: Fixed = {}) {
  vi.resetModules();
  vi.unstubAllEnvs();
  const settings = { AzureWebJobsStorage: azurite.connectionString(), SCOPES: subscription, ...environment };
  for (const [name, value] of Object.entries(settings)) vi.stubEnv(name, value);
  const asked: Look[] = [];
  const undone: Answer = { kind: "settled", result: { outcome: "undone", results: [] } };
  const reconcile = async (_world: unknown, _type: unknown, look: Look) => {
    asked.push(look);
    return answer ?? undone;
  };
  vi.doMock("../../../shared/engine/reconcile.ts", () => ({ reconcile }));
  const { storage } = await import("../../../shared/service/service.ts");
  const entries = await storage().journal.append(resource, fixOf(resource, baseline, { changedBy, changers }));
  const endedAt = "2026-11-23T08:00:01.000Z";
  const summary = { id: remediationId, resourceId: resource, outcome: "remediated", baselines: [], entries } as const;
  const times = { startedAt: "2026-11-23T08:00:00.000Z", updatedAt: endedAt, via: "event" };
  await storage().remediations.save(resourceId(resource), { ...summary, baselines: [], ...times });
  const { undoRemediation } = await import("../../../shared/doors/undo.ts");
  return { asked, endedAt, undo: (caller: Caller) => undoRemediation(remediationId, body, caller, silent) };
}

function fixOf(
  resource: string,
  baseline: string,
  { changedBy, changers = [] }: { changedBy: string; changers: string[] | undefined },
): JournalEntry[] {
  const base = { version: 1, at: "2026-11-23T08:00:00.000Z", resourceId: resource, remediationId } as const;
  const left = { part: "", patch: { properties: { minimumTlsVersion: "TLS1_2" } } };
  const undo = { part: "", patch: { properties: { minimumTlsVersion: "TLS1_0" } } };
  const causes = [{ via: "event" as const, changedBy }];
  const values = { change: left, undo, before: [], after: [] };
  const named = { intentId: "1", baselines: [baseline], correlationId: "c", causes };
  return [
    { ...base, id: "1", kind: "intent", ...named, ...values, changers },
    { ...base, id: "2", kind: "intent-outcome", intentId: "1", outcome: "remediated", reason: "" },
  ];
}

function person(objectId: string): Caller {
  return { kind: "person", objectId, roles: new Set(["Approver"]) };
}

describe("an undo", () => {
  test("by another person is made, and knows when the remediation ended", async () => {
    const { undo, asked, endedAt } = await doorTo();
    const { objectId: by = "" } = person("33333333-3333-4333-8333-333333333333");

    expect(await undo(person(by))).toMatchObject({ status: 200, jsonBody: { outcome: "undone" } });

    expect(asked).toMatchObject([{ cause: { via: "undo", askedBy: by }, undo: { remediationId, endedAt } }]);
  });

  test("by who made the change that was fixed is refused", async () => {
    const { undo, asked } = await doorTo();

    expect(await undo(person(engineer))).toMatchObject({
      status: 403,
      jsonBody: { error: { code: "approval-by-changer", message: expect.stringContaining(engineer) } },
    });
    expect(asked).toEqual([]);
  });

  test("by who made the change long before it was fixed is refused", async () => {
    const { undo } = await doorTo({ changedBy: engineer, changers: [deployer] });

    expect(await undo(person(deployer))).toMatchObject({ status: 403 });
  });

  test("by the team behind the pipeline that made the change is refused", async () => {
    const environment = { DEPLOYER_TEAMS: JSON.stringify({ [deployer]: [engineer] }) };
    const { undo } = await doorTo({ changedBy: deployer, environment });

    expect(await undo(person(engineer))).toMatchObject({ status: 403 });
  });

  test("of encryption at rest needs a setting that allows it", async () => {
    const refused = await doorTo({ resource: database, baseline: atRest });
    expect(await refused.undo(person(deployer))).toMatchObject({
      status: 403,
      jsonBody: { error: { code: "undo-needs-setting", message: expect.stringContaining(atRest) } },
    });

    const environment = { UNDO_ENCRYPTION_AT_REST: "true" };
    const allowed = await doorTo({ resource: database, baseline: atRest, environment });
    expect(await allowed.undo(person(deployer))).toMatchObject({ status: 200 });
  });

  test("of what changed since says of each property how it was left and how it reads now", async () => {
    const path = "properties.minimumTlsVersion";
    const conflict = {
      baseline: tls,
      outcome: "failed" as const,
      code: "undo-changed-since",
      reason: `Changed since by: ${deployer}.`,
      findings: [],
      changes: [],
      readAfterwards: [{ path, value: "TLS1_3" }],
    };
    const { undo } = await doorTo({
      answer: { kind: "settled", result: { outcome: "failed", results: [conflict] } },
    });

    const message = 'It was left as "TLS1_2", and reads "TLS1_3" now.';
    expect(await undo(person(deployer))).toMatchObject({
      status: 409,
      jsonBody: { error: { message: conflict.reason, details: [{ target: `${account} ${path}`, message }] } },
    });
  });
});
