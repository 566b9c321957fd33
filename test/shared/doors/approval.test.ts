import { afterEach, describe, expect, test, vi } from "vitest";
import type { Caller } from "../../../shared/access/caller.ts";
import type { RulingAnswer } from "../../../shared/engine/rule.ts";
import type { Answer, Look } from "../../../shared/engine/world.ts";
import { useAzurite } from "../../support/azurite.ts";
import { engineer } from "../../support/engine-world.ts";
import { resourceId } from "../../support/things.ts";

const azurite = useAzurite();
const subscription = "/subscriptions/11111111-1111-4111-8111-111111111111";
const account = `${subscription}/resourceGroups/cruises/providers/Microsoft.Storage/storageAccounts/passengers`;
const secureTransfer = "storage/secure-transfer";
const remediationId = "1795399077313-9ec8bcd4";
const hash = "a".repeat(64);
const body = JSON.stringify({ reason: "The fleet was told.", proposal: hash });
const person: Caller = { kind: "person", objectId: engineer, roles: new Set(["Approver"]) };
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

afterEach(() => vi.doUnmock("../../../shared/engine/reconcile.ts"));

/** The door to an engine that takes a person's word so, with a remediation in the index. */
async function doorTo(answer: Answer, asked: Look[] = []) {
  vi.resetModules();
  vi.unstubAllEnvs();
  for (const [name, value] of Object.entries({ AzureWebJobsStorage: azurite.connectionString(), SCOPES: subscription }))
    vi.stubEnv(name, value);
  const reconcile = async (_world: unknown, _type: unknown, look: Look) => {
    asked.push(look);
    return answer;
  };
  vi.doMock("../../../shared/engine/reconcile.ts", () => ({ reconcile }));
  const { storage } = await import("../../../shared/service/service.ts");
  await storage().remediations.save(resourceId(account), {
    id: remediationId,
    resourceId: account,
    outcome: "awaiting-approval",
    baselines: [],
    startedAt: "2026-11-23T08:00:00.000Z",
    updatedAt: "2026-11-23T08:00:00.000Z",
    via: "event",
    entries: [],
  });
  return await import("../../../shared/doors/approval.ts");
}

function settled(ruling?: RulingAnswer): Answer {
  const reason = "Azure still works on it.";
  const result = { baseline: secureTransfer, outcome: "retrying" as const, reason, findings: [], changes: [] };
  return { kind: "settled", result: { outcome: "retrying", results: [result], ...(ruling ? { ruling } : {}) } };
}

describe("a person's word", () => {
  test.each(["approved", "rejected"] as const)(
    "is told to the engine as %s, with who says it and why",
    async (kind) => {
      const asked: Look[] = [];
      const { approveRemediation, rejectRemediation } = await doorTo(
        settled({ kind: "taken", baseline: secureTransfer }),
        asked,
      );
      const say = kind === "approved" ? approveRemediation : rejectRemediation;

      expect(await say(remediationId, body, person, silent)).toMatchObject({
        status: 200,
        jsonBody: { resourceId: account, outcome: "retrying" },
      });

      const by = { name: engineer, objectId: engineer };
      expect(asked).toMatchObject([
        {
          cause: { via: "approval", askedBy: engineer },
          ruling: { kind, proposal: hash, by, reason: "The fleet was told." },
        },
      ]);
    },
  );

  test.each<[string, Answer, number, string, string]>([
    [
      "about their own change",
      settled({ kind: "by-changer", baseline: secureTransfer, changer: engineer }),
      403,
      "approval-by-changer",
      engineer,
    ],
    [
      "before it is known who changed it",
      settled({ kind: "changer-unknown", baseline: secureTransfer, until: "2026-11-23T08:10:00.000Z" }),
      409,
      "changer-unknown",
      "2026-11-23T08:10:00.000Z",
    ],
    ["about what is not proposed", settled({ kind: "changed", proposed: [] }), 409, "proposal-changed", "Nothing is"],
    ["that could not be judged", settled(), 409, "resource-not-judged", "Azure still works on it."],
    ["while another works on it", { kind: "taken" }, 409, "resource-busy", account],
  ])("%s is refused, and it is said why", async (_what, answer, status, code, said) => {
    const { approveRemediation } = await doorTo(answer);

    expect(await approveRemediation(remediationId, body, person, silent)).toMatchObject({
      status,
      jsonBody: { error: { code, message: expect.stringContaining(said) } },
    });
  });

  test("about another proposal than there is now is answered with the hash of that", async () => {
    const { approveRemediation } = await doorTo(
      settled({ kind: "changed", proposed: [{ baseline: secureTransfer, hash: "b".repeat(64) }] }),
    );

    expect(await approveRemediation(remediationId, body, person, silent)).toMatchObject({
      jsonBody: { error: { details: [{ target: secureTransfer, message: "b".repeat(64) }] } },
    });
  });

  test.each([
    ["no remediation", "1795399077313-00000000", body, 404],
    ["no reason", remediationId, JSON.stringify({ reason: " ", proposal: hash }), 400],
    ["no hash", remediationId, JSON.stringify({ reason: "Yes.", proposal: "all of it" }), 400],
  ])("with %s is refused before anything is looked at", async (_what, id, text, status) => {
    const asked: Look[] = [];
    const { approveRemediation } = await doorTo(settled(), asked);

    expect(await approveRemediation(id, text, person, silent)).toMatchObject({ status });
    expect(asked).toEqual([]);
  });
});
