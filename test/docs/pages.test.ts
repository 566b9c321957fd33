import { describe, expect, test } from "vitest";
import * as z from "zod";
import { renderBaselinePages } from "../../scripts/docs/baselines.ts";
import { regions, renderPages, withRegion } from "../../scripts/docs/index.ts";
import { baselines } from "../../shared/baselines/index.ts";
import { errors } from "../../shared/errors.ts";
import { kindsOfNotifications, notificationDataSchema, typePrefix } from "../../shared/notifications/notification.ts";
import { outcomeNames } from "../../shared/outcomes.ts";
import { settingDescriptors } from "../../shared/policy/setting-definitions.ts";
import { documents, readDocument } from "./documents.ts";

const notificationSchema = z.looseObject({ type: z.string(), data: z.unknown() });
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

  test.each(Object.keys(regions))("docs/%s shows what the code has", (page) => {
    const { text } = readDocument(`docs/${page}`);

    expect(text, `docs/${page} is ${fix}`).toBe(withRegion(page, text));
  });

  test("docs/baselines holds a page for each baseline and no other", () => {
    const files = documents().map(({ file }) => file);

    expect(files.filter((file) => file.startsWith("docs/baselines/"))).toEqual(
      baselinePages.map(([file]) => file).sort(),
    );
  });
});

describe("a page without its region", () => {
  test("is refused by name", () => {
    expect(() => withRegion("architecture.md", "# Architecture\n")).toThrow(
      "docs/architecture.md has no region for its outcomes",
    );
  });
});

describe("the pages miss nothing", () => {
  test("docs/errors.md has every error code and every outcome", () => {
    const { text } = readDocument("docs/errors.md");

    for (const name of [...Object.keys(errors), ...outcomeNames]) expect(text).toContain(`| \`${name}\` |`);
  });

  test("docs/notifications.md shows a notification whose data is as its schema says", () => {
    const shown = /```json\n([\s\S]*?)\n```/.exec(readDocument("docs/notifications.md").text)?.[1] ?? "{}";
    const { data, ...attributes } = notificationSchema.parse(JSON.parse(shown));

    expect(notificationDataSchema.parse(data)).toEqual(data);
    expect(kindsOfNotifications.map((kind) => `${typePrefix}${kind}`)).toContain(attributes.type);
  });

  test("docs/configuration.md has every setting once", () => {
    const { text } = readDocument("docs/configuration.md");

    for (const { name } of settingDescriptors()) expect(text.split(`\n| \`${name}\` |`)).toHaveLength(2);
  });
});
