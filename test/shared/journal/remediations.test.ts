import { describe, expect, test } from "vitest";
import {
  type RemediationSummary,
  type Remediations,
  remediationIdAt,
  tableRemediations,
} from "../../../shared/journal/remediations.ts";
import type { Outcome } from "../../../shared/outcomes.ts";
import { useAzurite } from "../../support/azurite.ts";
import { memoryRemediations } from "../../support/memory-journal.ts";
import { thingId } from "../../support/things.ts";

const storage = useAzurite();

function summary(minute: number, outcome: Outcome = "remediated", resource = thingId()): RemediationSummary {
  const startedAt = new Date(Date.UTC(2026, 10, 23, 8, minute));
  return {
    id: remediationIdAt(startedAt, `0000000${minute % 10}-aaaa`),
    resourceId: resource.text,
    outcome,
    baselines: [
      {
        baseline: "things/encryption",
        outcome,
        why: "Because.",
        changed: [{ path: "properties.encrypted", before: null, after: { keySource: "Vault" } }],
      },
    ],
    startedAt: startedAt.toISOString(),
    updatedAt: startedAt.toISOString(),
    via: "event",
    changedBy: "somebody",
    askedBy: "function key",
    entries: [{ blob: "a", offset: 0, length: 7 }],
  };
}

function contract(make: () => Remediations): void {
  const at = (minute: number) => new Date(Date.UTC(2026, 10, 23, 8, minute));

  async function given() {
    const remediations = make();
    const other = thingId("mast-light");
    for (const each of [summary(1), summary(3, "blocked"), summary(2), summary(4, "remediated", other)]) {
      await remediations.save(each.resourceId === other.text ? other : thingId(), each);
    }
    return remediations;
  }

  test.each<[string, Omit<Parameters<Remediations["list"]>[0], "most">, number[]]>([
    ["all, newest first", {}, [4, 3, 2, 1]],
    ["of a resource", { resource: thingId() }, [3, 2, 1]],
    ["of an outcome", { outcome: "remediated" }, [4, 2, 1]],
    ["of a resource and an outcome", { resource: thingId(), outcome: "remediated" }, [2, 1]],
    ["from a time on, which is included", { from: at(3) }, [4, 3]],
    ["up to a time, which is not", { to: at(3) }, [2, 1]],
    ["between two times", { from: at(2), to: at(4) }, [3, 2]],
    ["of nothing", { resource: thingId("never-there") }, []],
  ])("lists those %s", async (_which, query, minutes) => {
    const { summaries } = await (await given()).list({ ...query, most: 10 });

    expect(summaries.map(({ startedAt }) => new Date(startedAt).getUTCMinutes())).toEqual(minutes);
  });

  test("lists page by page, each one once", async () => {
    const remediations = await given();
    const seen: number[] = [];
    let after: string | undefined;
    do {
      const page = await remediations.list({ most: 3, ...(after === undefined ? {} : { after }) });
      expect(page.summaries.length).toBeLessThanOrEqual(3);
      seen.push(...page.summaries.map(({ startedAt }) => new Date(startedAt).getUTCMinutes()));
      after = page.more ? page.summaries.at(-1)?.id : undefined;
    } while (after !== undefined);

    expect(seen).toEqual([4, 3, 2, 1]);
  });

  test("lists one that wrote to another resource under both", async () => {
    const remediations = make();
    const other = thingId("mast-light");
    const across = { ...summary(5), alsoWritten: [other.text] };

    await remediations.save(thingId(), across);

    for (const resource of [thingId(), other])
      expect((await remediations.list({ resource, most: 10 })).summaries).toEqual([across]);
    expect((await remediations.list({ most: 10 })).summaries).toHaveLength(1);
  });

  test("finds one by its id, as last saved", async () => {
    const remediations = make();
    const { id } = summary(5, "retrying");
    await remediations.save(thingId(), summary(5, "retrying"));

    await remediations.save(thingId(), { ...summary(5), changedBy: "somebody" });

    expect(await remediations.find(id)).toEqual({ ...summary(5), changedBy: "somebody" });
    expect((await remediations.list({ most: 10 })).summaries).toHaveLength(1);
  });

  test.each(["", "unknown", "../x", "1763884800000-0000000z", "1763884800000-00000000"])(
    "finds none by %j",
    async (id) => {
      expect(await make().find(id)).toBeUndefined();
    },
  );
}

describe("an index of remediations in memory", () => {
  contract(memoryRemediations);
});

describe("an index of remediations in a table", () => {
  contract(() => tableRemediations(storage.freshTable()));
});
