import { beforeEach, describe, expect, test } from "vitest";
import { CodedError } from "../../../shared/errors.ts";
import { managementGroups } from "../../../shared/policy/management-groups.ts";
import { policyHash } from "../../../shared/policy/policy-file.ts";
import { type PolicyKeeper, policyKeeper } from "../../../shared/policy/policy-keeper.ts";
import type { SourceReading } from "../../../shared/policy/policy-source.ts";
import type { PolicyVersions } from "../../../shared/state/policy-versions.ts";
import { type ManualClock, manualClock } from "../../support/clock.ts";
import { type MemoryJournal, memoryJournal } from "../../support/memory-journal.ts";
import { type MemoryLog, memoryLog } from "../../support/memory-log.ts";
import { memoryPolicyVersions } from "../../support/memory-policy-versions.ts";

const subscription = "a0000000-0000-4000-8000-000000000001";
const id = `/subscriptions/${subscription}/resourceGroups/voyages/providers/Microsoft.Storage/storageAccounts/guests`;
const enforcing = "version: 1\nmode: enforce\n";
const auditing = "version: 1\nmode: audit\n";
const bad = "version: 1\nmode: off\n";

let clock: ManualClock;
let journal: MemoryJournal;
let log: MemoryLog;
let versions: PolicyVersions;
/** What lies there now. */
let lies: SourceReading;
let reads: number;
let outage: boolean;

beforeEach(() => {
  clock = manualClock();
  journal = memoryJournal();
  log = memoryLog();
  versions = memoryPolicyVersions();
  reads = 0;
  outage = false;
  put(enforcing);
});

function put(text: string): void {
  lies = { ok: true, text, changedAt: clock.now(), changedBy: "alex" };
}

/** A process of the service; `groups` are the management groups of the subscription. */
function start(groups: () => string[] = () => []): PolicyKeeper {
  const newest = async () => {
    if (outage) throw new CodedError("storage-unavailable", "Policy: no answer");
    return await versions.newest();
  };
  return policyKeeper({
    source: {
      name: "guard.policy.yaml",
      async read() {
        reads += 1;
        return lies;
      },
    },
    versions: { ...versions, newest },
    journal,
    groups: managementGroups(async () => groups(), clock.now),
    now: clock.now,
    readSeconds: 60,
    trustedMinutes: 10,
    mostExemptionDays: 90,
  });
}

/** The mode of an account, and the version that decides. */
async function decides(keeper: PolicyKeeper): Promise<[string | undefined, string | undefined]> {
  const policy = await keeper.policies(log).current(subscription);
  const [says] = policy.of({ id, type: "Microsoft.Storage/storageAccounts", tags: undefined }, clock.now());
  return [says?.mode, policy.reference?.version];
}

describe("the policy file", () => {
  test("holds once it was read, and its acceptance is in the journal with when and by whom it was changed", async () => {
    expect(await decides(start())).toEqual(["enforce", policyHash(enforcing)]);
    expect(journal.entries).toMatchObject([
      {
        kind: "policy-accepted",
        policy: { version: policyHash(enforcing) },
        source: "guard.policy.yaml",
        changedAt: clock.now().toISOString(),
        changedBy: "alex",
        rules: 0,
      },
    ]);
  });

  test("is read again without a restart, after a while and not before", async () => {
    const keeper = start();
    await decides(keeper);
    put(auditing);

    const soon = await decides(keeper);
    clock.advance(61);

    expect(soon[0]).toBe("enforce");
    expect(await decides(keeper)).toEqual(["audit", policyHash(auditing)]);
    expect(journal.entries).toMatchObject([{}, { kind: "policy-accepted", replaces: policyHash(enforcing) }]);
  });

  test("is read once for a burst", async () => {
    const keeper = start();

    await Promise.all([1, 2, 3, 4].map(() => decides(keeper)));

    expect(reads).toBe(1);
    expect(journal.entries).toHaveLength(1);
  });

  test("that several instances see for the first time holds for all of them", async () => {
    const instances = [start(), start(), start()];

    expect(await Promise.all(instances.map(decides))).toEqual(instances.map(() => ["enforce", policyHash(enforcing)]));
  });
});

describe("a bad file", () => {
  test("changes nothing: the last good version holds, also after a restart", async () => {
    const keeper = start();
    await decides(keeper);
    put(bad);
    clock.advance(61);

    expect(await decides(keeper)).toEqual(["enforce", policyHash(enforcing)]);
    expect(await decides(start())).toEqual(["enforce", policyHash(enforcing)]);
  });

  test("is in the journal once for each content, however many instances see it, and as an error in the log", async () => {
    await decides(start());
    put(bad);
    await decides(start());
    await decides(start());

    expect(journal.entries.slice(1)).toMatchObject([
      {
        kind: "policy-refused",
        content: policyHash(bad),
        holds: policyHash(enforcing),
        problems: [{ line: 2, column: 7, path: "mode", allowed: "audit, approve, enforce" }],
      },
    ]);
    expect(log.lines.filter(({ level }) => level === "error")).toMatchObject([
      { message: "policy file refused" },
      { message: "policy file refused" },
    ]);
  });

  test("is told with what is wrong, until it is mended", async () => {
    const keeper = start();
    await decides(keeper);
    put(bad);
    clock.advance(61);
    const wrong = await keeper.standing(log);
    put(enforcing);
    clock.advance(61);

    expect(wrong).toMatchObject({ holds: { hash: policyHash(enforcing) }, problems: [{ line: 2 }] });
    expect((await keeper.standing(log)).problems).toEqual([]);
  });

  test("of which no good one is known leaves everything to be told only, loudly", async () => {
    put(bad);
    const keeper = start();

    expect(await decides(keeper)).toEqual(["audit", undefined]);
    expect((await keeper.standing(log)).holds).toBeUndefined();
    expect(log.lines).toContainEqual(
      expect.objectContaining({ message: "no policy was ever accepted: nothing is written" }),
    );
  });
});

test("a version that another app accepted, and this one can't read, leaves everything to be told only, and says so", async () => {
  const newer = "version: 7\nmode: enforce\n";
  const times = { changedAt: clock.now().toISOString(), acceptedAt: clock.now().toISOString() };
  await versions.accept({ hash: policyHash(newer), source: "guard.policy.yaml", ...times }, newer, undefined);
  put(newer);
  const keeper = start();

  expect(await decides(keeper)).toEqual(["audit", undefined]);
  expect(await keeper.standing(log)).toMatchObject({
    holds: { hash: policyHash(newer) },
    unusable: expect.any(String),
  });
  put(enforcing);
  clock.advance(61);

  expect(await decides(keeper)).toEqual(["enforce", policyHash(enforcing)]);
  expect(await keeper.standing(log)).not.toHaveProperty("unusable");
});

describe("a file that is not there", () => {
  test("leaves the last good version in force, and says why it can't be read", async () => {
    const keeper = start();
    await decides(keeper);
    lies = { ok: false, reason: "There is no such blob." };
    clock.advance(61);

    expect(await decides(keeper)).toEqual(["enforce", policyHash(enforcing)]);
    expect(await keeper.standing(log)).toMatchObject({ unreadable: "There is no such blob." });
  });

  test("and never was leaves everything to be told only", async () => {
    lies = { ok: false, reason: "ENOENT" };

    expect(await decides(start())).toEqual(["audit", undefined]);
  });
});

describe("an instance with an older file", () => {
  test("follows what was accepted since, and does not bring its own back", async () => {
    const old = start();
    const older = lies;
    await decides(old);
    clock.advance(61);
    put(auditing);
    await decides(start());
    lies = older;

    expect(await decides(old)).toEqual(["audit", policyHash(auditing)]);
  });
});

test("a file that was put back while an instance did not look is what holds, by when it was changed", async () => {
  const blinking = start();
  await decides(blinking);
  clock.advance(30);
  put(auditing);
  await decides(start());
  clock.advance(10);
  put(enforcing);
  clock.advance(30);

  expect(await decides(blinking)).toEqual(["enforce", policyHash(enforcing)]);
});

describe("while the storage does not answer", () => {
  test("the copy that was read goes on to decide", async () => {
    const keeper = start();
    await decides(keeper);
    outage = true;
    clock.advance(3600);

    expect(await decides(keeper)).toEqual(["enforce", policyHash(enforcing)]);
  });

  test("nothing is written by a copy that is too old", async () => {
    const keeper = start();
    await decides(keeper);
    outage = true;
    clock.advance(599);
    const trusted = await keeper.policies(log).beforeWrite(subscription);
    clock.advance(2);

    expect(trusted.reference?.version).toBe(policyHash(enforcing));
    await expect(keeper.policies(log).beforeWrite(subscription)).rejects.toMatchObject({ code: "storage-unavailable" });
  });

  test("nothing is decided before anything was read", async () => {
    outage = true;

    await expect(decides(start())).rejects.toMatchObject({ code: "storage-unavailable" });
  });
});

test("a copy that is too old is read again before a write, and another version is seen", async () => {
  const keeper = start();
  await decides(keeper);
  put(auditing);
  clock.advance(601);

  expect((await keeper.policies(log).beforeWrite(subscription)).reference?.version).toBe(policyHash(auditing));
});

describe("exemptions that don't count", () => {
  test("are told with their place and why, in the log once for each version", async () => {
    put(`${auditing}exemptions: [{ scope: { glob: "**" }, baselines: ["*"], owner: Deck 4 }]`);
    const keeper = start();

    const { idleExemptions } = await keeper.standing(log);
    clock.advance(61);
    await keeper.standing(log);

    expect(idleExemptions).toEqual(["Exemption 1 of the policy file counts for nothing: it gives no reason."]);
    expect(log.lines.filter(({ message }) => message === "exemption counts for nothing")).toHaveLength(1);
  });
});

describe("management groups", () => {
  const byGroup =
    "version: 1\nrules: [{ name: a, scope: { managementGroup: cruises }, baselines: { '*': enforce } }]\n";

  test("are read where the file names one, and remembered with when that was", async () => {
    put(byGroup);
    let asked = 0;
    const keeper = start(() => {
      asked += 1;
      return ["cruises"];
    });
    const readAt = clock.now().toISOString();
    await decides(keeper);
    clock.advance(61);

    const policy = await keeper.policies(log).current(subscription);

    expect(await decides(keeper)).toEqual(["enforce", policyHash(byGroup)]);
    expect(policy.reference?.managementGroupsReadAt).toBe(readAt);
    expect(asked).toBe(1);
  });

  test("that can't be read any more are believed for a day, and then not", async () => {
    put(byGroup);
    let refusal: CodedError | undefined;
    const keeper = start(() => {
      if (refusal) throw refusal;
      return ["cruises"];
    });
    await decides(keeper);
    refusal = new CodedError("azure-refused", "Resource Graph: Forbidden");
    clock.advance(23 * 3600);
    const believed = await decides(keeper);
    clock.advance(2 * 3600);

    expect(believed[0]).toBe("enforce");
    expect((await decides(keeper))[0]).toBe("audit");
  });

  test("are not asked for where the file names none", async () => {
    const keeper = start(() => {
      throw new Error("asked");
    });

    expect((await decides(keeper))[0]).toBe("enforce");
  });
});

describe("an exemption of the file that ends soon", () => {
  const day = 86_400;
  const ending = () => journal.entries.filter(({ kind }) => kind === "exemption");
  const exempting = (scope: string, until: string) =>
    `${auditing}exemptions: [{ scope: ${scope}, baselines: ["*"], owner: Deck 4, reason: Old readers, until: ${until} }]`;

  test("is told once in its last week, by whatever instance, and however often the file is accepted", async () => {
    put(exempting(`{ subscription: ${subscription}, resourceGroup: voyages }`, "2027-01-31"));
    const keeper = start();
    await keeper.tellEndingExemptions(log);
    const early = ending();
    clock.advance(64 * day);

    await keeper.tellEndingExemptions(log);
    put(`${exempting(`{ subscription: ${subscription}, resourceGroup: voyages }`, "2027-01-31")}\n# Seen.`);
    clock.advance(5 * day);
    await start().tellEndingExemptions(log);

    expect(early).toEqual([]);
    expect(ending()).toMatchObject([
      {
        event: "ending",
        resourceId: `/subscriptions/${subscription}/resourceGroups/voyages`,
        baseline: "all",
        owner: "Deck 4",
        reason: "Old readers",
        until: "2027-02-01T00:00:00.000Z",
      },
    ]);
  });

  test("is told in the last quarter of a short one, with a scope that is no id as it stands in the file", async () => {
    put(exempting("{ tag: { name: where, value: at-sea } }", "2026-11-23T12:00:00Z"));
    const keeper = start();
    await keeper.tellEndingExemptions(log);
    const early = ending();
    clock.advance(3 * 3600);

    await keeper.tellEndingExemptions(log);

    expect(early).toEqual([]);
    expect(ending()).toMatchObject([{ resourceId: '{"tag":{"name":"where","value":"at-sea"}}' }]);
  });

  test("is told no more where it ended, or counts for nothing", async () => {
    put(exempting('{ glob: "**" }', "2026-11-24"));
    const keeper = start();
    await keeper.tellEndingExemptions(log);
    clock.advance(2 * day);

    expect(await keeper.tellEndingExemptions(log)).toEqual([]);
    expect(ending()).toEqual([]);
  });
});
