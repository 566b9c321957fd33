import { beforeEach, describe, expect, test } from "vitest";
import type { BaselinePolicy, Policies, PolicyReference } from "../../../shared/policy/resource-policy.ts";
import { afterEachSoundHistory, type EngineWorld, engineWorld } from "../../support/engine-world.ts";
import { bound, encryption, thingBody, thingId } from "../../support/things.ts";

/** A policy that a test can change under the engine's feet. */
interface ChangingPolicy extends Policies {
  says: Partial<BaselinePolicy>;
  reference: PolicyReference;
  /** Runs once when the engine asks before a write. */
  beforeNextWrite: () => void;
}

let policies: ChangingPolicy;
let engine: EngineWorld;

beforeEach(() => {
  policies = changingPolicy();
  engine = engineWorld({ policies });
  engine.azure.put(thingId().text, thingBody());
});

afterEachSoundHistory();

function changingPolicy(): ChangingPolicy {
  const policy = () => ({
    reference: changing.reference,
    of: (): BaselinePolicy[] => [{ baseline: bound(encryption), mode: "enforce", rule: "ships", ...changing.says }],
  });
  const changing: ChangingPolicy = {
    says: {},
    reference: { version: "aaaa" },
    beforeNextWrite: () => undefined,
    current: async () => policy(),
    async beforeWrite() {
      changing.beforeNextWrite();
      changing.beforeNextWrite = () => undefined;
      return policy();
    },
  };
  return changing;
}

describe("the policy that decides", () => {
  test("is named, with its rule, in every entry of the journal", async () => {
    await engine.settle();
    await engine.settle();

    const remediation = { policy: { version: "aaaa" }, results: [{ rule: "ships", outcome: "remediated" }] };
    expect(engine.entries("intent")).toMatchObject([{ policy: { version: "aaaa" } }]);
    expect(engine.entries("remediation")).toMatchObject([remediation]);
    expect(engine.entries("check")).toMatchObject([{ policy: { version: "aaaa" } }]);
  });

  test("is asked about the tags that the resource has as it was read", async () => {
    const asked: unknown[] = [];
    const { current } = policies;
    policies.current = async (subscription) => {
      const policy = await current(subscription);
      const of: typeof policy.of = (subject, now) => {
        asked.push(subject);
        return policy.of(subject, now);
      };
      return { ...policy, of };
    };

    await engine.settle();

    expect(asked).toMatchObject([{ id: thingId().text, tags: engine.azure.bodyOf(thingId().text).tags }]);
  });

  test("that changed before the write stops it: it is judged again by the new one", async () => {
    policies.beforeNextWrite = () => {
      policies.reference = { version: "bbbb" };
      policies.says = { mode: "audit" };
    };

    const first = await engine.settle();
    const [second] = await engine.later(10);

    expect(first.results).toMatchObject([{ outcome: "retrying", reason: expect.stringMatching(/policy changed/) }]);
    expect(second).toMatchObject({ result: { outcome: "audit" } });
    expect(engine.azure.writes).toEqual([]);
  });

  test("says why where it is audit by no rule", async () => {
    policies.says = { mode: "audit", auditBecause: "No policy was ever accepted." };

    expect((await engine.settle()).results).toMatchObject([{ reason: "No policy was ever accepted." }]);
  });
});

describe("a write window", () => {
  const opensAt = "2026-11-27T20:00:00.000Z";

  test("that is closed puts the fix off; it is made when the window opens, by the same remediation", async () => {
    const secondsUntilOpen = (Date.parse(opensAt) - engine.world.now().getTime()) / 1000;
    policies.says = { window: { name: "nights", isOpen: false, opensAt } };
    const waiting = await engine.settle();
    const tooEarly = await due(secondsUntilOpen - 1);
    policies.says = { window: { name: "nights", isOpen: true } };

    const inTime = await due(120);

    expect(waiting.results).toMatchObject([{ outcome: "awaiting-window", opensAt, changes: [{ part: "" }] }]);
    expect(tooEarly).toEqual([]);
    expect(inTime).toHaveLength(1);
    const fixed = await engine.settle({ via: "waker" });
    expect(fixed).toMatchObject({ outcome: "remediated", remediationId: waiting.remediationId });
  });

  test("that is closed adds nothing to the journal with every sweep", async () => {
    policies.says = { window: { name: "nights", isOpen: false, opensAt } };
    await engine.settle();

    const again = await engine.settle({ via: "sweep" });

    expect(again.outcome).toBe("awaiting-window");
    expect(engine.entries("remediation")).toHaveLength(1);
  });

  test("that is closed is told by a dry run too", async () => {
    policies.says = { window: { name: "nights", isOpen: false, opensAt } };

    expect(await engine.settle({}, { dryRun: true })).toMatchObject({ outcome: "awaiting-window" });
  });

  test("does not keep audit mode from telling", async () => {
    policies.says = { mode: "audit", window: { name: "nights", isOpen: false, opensAt } };

    expect((await engine.settle()).outcome).toBe("audit");
  });

  test("that is closed does not stop an undo", async () => {
    const { remediationId = "" } = await engine.settle();
    policies.says = { window: { name: "nights", isOpen: false, opensAt } };
    const [intent] = engine.entries("intent");
    if (!intent) throw new Error("Nothing was fixed.");
    const changes = [{ baselines: intent.baselines, left: intent.change, putBack: intent.undo }];

    const undone = await engine.settle({ via: "undo" }, { undo: { remediationId, changes, reason: "It broke." } });

    expect(undone.outcome).toBe("undone");
  });

  /** Lets time pass; gives what the waker then takes up. */
  async function due(seconds: number) {
    engine.clock.advance(seconds);
    return await engine.world.waits.due(engine.world.now());
  }
});

describe("an exemption of the policy file", () => {
  const until = "2026-12-24T00:00:00.000Z";

  beforeEach(() => {
    policies.says = { exemption: { owner: "Deck 4", reason: "The old reader.", until } };
  });

  test("leaves the resource alone, and says for whom, why and until when", async () => {
    const { results } = await engine.settle();

    expect(results).toMatchObject([{ outcome: "exempt", exemption: { owner: "Deck 4", until } }]);
    expect(results[0]?.reason).toMatch(/until 2026-12-24.*Deck 4.*old reader/);
    expect(engine.azure.writes).toEqual([]);
  });

  test("that ends has the resource looked at again", async () => {
    await engine.settle();
    engine.clock.advance((Date.parse(until) - engine.world.now().getTime()) / 1000 + 1);

    expect(await engine.world.waits.due(engine.world.now())).toMatchObject([{ resourceId: thingId().text }]);
  });
});
