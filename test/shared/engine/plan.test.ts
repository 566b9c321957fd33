import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type PlannedFix,
  type PlannedWrite,
  planSeparately,
  planWrites,
  writeWithout,
} from "../../../shared/engine/plan.ts";
import { leafPaths, valueAt } from "../../../shared/json.ts";

const seed = 20261123;

/** Fixes whose leaves are all different, each named after its fix and place in it. */
const anyFixes: fc.Arbitrary<PlannedFix[]> = fc
  .array(fc.record({ parts: fc.array(fc.constantFrom("", "a", "b"), { maxLength: 4 }), writtenAlone: fc.boolean() }), {
    maxLength: 4,
  })
  .map((fixes) =>
    fixes.map(({ parts, writtenAlone }, index) => ({
      baseline: `baseline-${index}`,
      writtenAlone,
      changes: parts.map((part, place) => ({ part, patch: { properties: { [`leaf-${index}-${place}`]: place } } })),
    })),
  );

/** The position of the write that makes one change of a fix. */
function positionOf(writes: PlannedWrite[], part: string, path: string): number {
  return writes.findIndex(({ change }) => change.part === part && valueAt(change.patch, path) !== undefined);
}

describe.each([
  ["together", planWrites],
  ["separately", planSeparately],
])("writes that are planned %s", (_how, plan) => {
  test("keep each fix's changes in their order, each in a write of its own", () => {
    fc.assert(
      fc.property(anyFixes, (fixes) => {
        const writes = plan(fixes);

        for (const { changes } of fixes) {
          const positions = changes.map(({ part, patch }) => positionOf(writes, part, leafPaths(patch)[0] ?? ""));
          expect(positions).not.toContain(-1);
          expect(positions).toEqual([...new Set(positions)].sort((a, b) => a - b));
        }
      }),
      { seed },
    );
  });

  test("make every leaf what its fix says, and nothing else", () => {
    fc.assert(
      fc.property(anyFixes, (fixes) => {
        const wanted = fixes.flatMap(({ changes }) => changes.map(({ part, patch }) => [part, patch.properties]));
        const made = plan(fixes).flatMap(({ change }) =>
          leafPaths(change.patch).map((path) => [change.part, { [path.slice(11)]: valueAt(change.patch, path) }]),
        );

        expect(made.map((each) => JSON.stringify(each)).sort()).toEqual(
          wanted.map((each) => JSON.stringify(each)).sort(),
        );
      }),
      { seed },
    );
  });
});

describe("planWrites", () => {
  test("shares no write of a fix that is written alone, and puts it after the others", () => {
    fc.assert(
      fc.property(anyFixes, (fixes) => {
        const writes = planWrites(fixes);
        const alone = new Set(fixes.filter(({ writtenAlone }) => writtenAlone).map(({ baseline }) => baseline));
        const isAlone = writes.map(({ baselines }) => baselines.some((baseline) => alone.has(baseline)));

        expect(isAlone).toEqual([...isAlone].sort((a, b) => Number(a) - Number(b)));
        for (const [index, { baselines }] of writes.entries()) {
          if (isAlone[index]) expect(baselines).toHaveLength(1);
        }
      }),
      { seed },
    );
  });
});

describe("writeWithout", () => {
  const [write] = planWrites([
    { baseline: "a", writtenAlone: false, changes: [{ part: "", patch: { properties: { a: 1 } } }] },
    { baseline: "b", writtenAlone: false, changes: [{ part: "", patch: { properties: { b: 2 } } }] },
  ]);

  test("takes a baseline's part of the change out with it", () => {
    expect(write && writeWithout(write, (baseline) => baseline === "a")).toEqual({
      change: { part: "", patch: { properties: { b: 2 } } },
      baselines: ["b"],
      patches: [{ properties: { b: 2 } }],
    });
  });

  test("leaves nothing where all are taken out", () => {
    expect(write && writeWithout(write, () => true)).toBeUndefined();
  });
});
