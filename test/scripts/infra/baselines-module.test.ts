import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { baselinesModule } from "../../../scripts/docs/index.ts";
import { renderBaselinesModule } from "../../../scripts/infra/baselines-module.ts";
import { rolesOf } from "../../../scripts/infra/roles.ts";
import { baselines } from "../../../shared/baselines/index.ts";
import { mostFilterValues } from "../../../shared/events/operation-prefixes.ts";
import { modeSetting } from "../../../shared/policy/setting-definitions.ts";

const [first] = baselines;

describe("infra/baselines.bicep", () => {
  test("is as the baselines say", async () => {
    const text = await readFile(baselinesModule, "utf8");

    expect(text, "out of date: run `npm run docs`").toBe(renderBaselinesModule(baselines));
  });

  test("has the role and the mode setting of each baseline with a fix", () => {
    const text = renderBaselinesModule(baselines);

    for (const [id, actions] of rolesOf(baselines).fixes) {
      const part = text.slice(text.indexOf(`  '${id}': {`));

      expect(part.slice(0, part.indexOf("]"))).toContain(`modeSetting: '${modeSetting(id)}'`);
      for (const action of actions) expect(part.slice(0, part.indexOf("]"))).toContain(`'${action}'`);
    }
  });

  test("lets through the events of every operation that concerns a baseline", () => {
    const values = batchesIn(renderBaselinesModule(baselines)).flat();

    for (const { name } of baselines.flatMap(({ operations }) => operations)) {
      expect(
        values.some((value) => name.startsWith(value)),
        name,
      ).toBe(true);
    }
  });

  test("puts more operations than an event subscription can filter by into a second one", () => {
    if (!first) throw new Error("There are no baselines");
    const names = Array.from({ length: mostFilterValues + 1 }, (_, index) => `Microsoft.Thing/things${index}/write`);
    const manifold = { ...first, operations: names.map((name) => ({ name })) };

    const batches = batchesIn(renderBaselinesModule([manifold]));

    expect(batches.map(({ length }) => length)).toEqual([mostFilterValues, 1]);
    expect(batches.flat().sort()).toEqual([...names].sort());
  });

  test("is not written with a name that would end a string", () => {
    if (!first) throw new Error("There are no baselines");

    expect(() => renderBaselinesModule([{ ...first, operations: [{ name: "it's" }] }])).toThrow("it's");
  });
});

function batchesIn(text: string): string[][] {
  const lists = text.slice(text.indexOf("var operationPrefixes"));
  return [...lists.matchAll(/ {2}\[\n([\s\S]*?)\n {2}\]/g)].map(([, items = ""]) =>
    [...items.matchAll(/'(.+)'/g)].map(([, name = ""]) => name),
  );
}
