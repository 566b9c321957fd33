import { transform } from "esbuild";
import { describe, expect, test } from "vitest";
import { sabotagedSources } from "./build.ts";
import { sabotages } from "./sabotages.ts";

describe("switching rules off for tests", () => {
  test.each(sabotages)("finds the code of $name, and leaves code that can be built", async (sabotage) => {
    const sources = await sabotagedSources(sabotage);

    expect(sources.size).toBeGreaterThan(0);
    for (const source of sources.values()) await transform(source, { loader: "ts" });
  });

  test("covers each rule of the engine", () => {
    const rules = new Set(sabotages.map(({ rule }) => rule));

    for (let rule = 1; rule <= 11; rule += 1) expect(rules).toContain(rule);
  });

  test("fails where the code is not there any more", async () => {
    const [first] = sabotages;
    const changes = first?.changes.map((change) => ({ ...change, text: "what nobody ever wrote" })) ?? [];

    await expect(sabotagedSources({ name: "rotten", rule: 1, off: "", changes })).rejects.toThrow("rotten");
  });
});
