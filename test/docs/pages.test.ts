import { describe, expect, test } from "vitest";
import { renderBaselinePages } from "../../scripts/docs/baselines.ts";
import { renderPages, withOutcomes } from "../../scripts/docs/index.ts";
import { baselines } from "../../shared/baselines/index.ts";
import { errors } from "../../shared/errors.ts";
import { outcomeNames } from "../../shared/outcomes.ts";
import { settingDescriptors } from "../../shared/policy/setting-definitions.ts";
import { documents, readDocument } from "./documents.ts";

const fix = "out of date: run `npm run docs`";
const rendered = [...renderPages()].map(([name, text]): [string, string] => [`docs/${name}`, text]);
const baselinePages = [...renderBaselinePages(baselines)].map(([name, text]): [string, string] => [
  `docs/baselines/${name}`,
  text,
]);

describe("the generated pages", () => {
  test.each([...rendered, ...baselinePages])("%s is as the code says", (file, text) => {
    expect(readDocument(file).text, `${file} is ${fix}`).toBe(text);
  });

  test("docs/architecture.md shows the outcomes that the code has", () => {
    const { text } = readDocument("docs/architecture.md");

    expect(text, `docs/architecture.md is ${fix}`).toBe(withOutcomes(text));
  });

  test("docs/baselines holds a page for each baseline and no other", () => {
    const files = documents().map(({ file }) => file);

    expect(files.filter((file) => file.startsWith("docs/baselines/"))).toEqual(
      baselinePages.map(([file]) => file).sort(),
    );
  });
});

describe("a page without a region for outcomes", () => {
  test("is refused by name", () => {
    expect(() => withOutcomes("# Architecture\n")).toThrow("docs/architecture.md has no region for its outcomes");
  });
});

describe("the pages miss nothing", () => {
  test("docs/errors.md has every error code and every outcome", () => {
    const { text } = readDocument("docs/errors.md");

    for (const name of [...Object.keys(errors), ...outcomeNames]) expect(text).toContain(`| \`${name}\` |`);
  });

  test("docs/configuration.md has every setting once", () => {
    const { text } = readDocument("docs/configuration.md");

    for (const { name } of settingDescriptors()) expect(text.split(`\n| \`${name}\` |`)).toHaveLength(2);
  });
});
