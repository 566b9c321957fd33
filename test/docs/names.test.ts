import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { usage } from "../../emulator/options.ts";
import { routes } from "../../shared/access/routes.ts";
import { baselines } from "../../shared/baselines/index.ts";
import { outcomeNames } from "../../shared/outcomes.ts";
import { settingDescriptors } from "../../shared/policy/setting-definitions.ts";
import { documents, inlineCode, readDocument, root } from "./documents.ts";

const packageSchema = z.object({
  scripts: z.record(z.string(), z.string()),
  dependencies: z.record(z.string(), z.string()),
});
const { scripts, dependencies } = packageSchema.parse(
  JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")),
);
const settings = settingDescriptors().map(({ name }) => name);
const builtInScripts = ["ci", "test", "start", "install"];
const written = documents().filter(({ file }) => !file.startsWith("docs/baselines/"));

describe.each(written)("$file names only what exists", ({ file, text }) => {
  test("npm scripts", () => {
    const named = [...text.matchAll(/npm run (?:-\w+ )?([\w:-]+)/g)].map(([, name]) => name ?? "");
    const short = [...text.matchAll(/npm (test|start)\b/g)].map(([, name]) => name ?? "");

    for (const name of [...named, ...short]) expect(Object.keys(scripts), `npm run ${name}`).toContain(name);
  });

  test("npm's own commands", () => {
    const commands = [...text.matchAll(/`npm (?!run)([a-z]+)/g)].map(([, name]) => name ?? "");

    for (const name of commands) expect(builtInScripts).toContain(name);
  });

  test("settings", () => {
    const named =
      text.match(/\b(?:MODE|PARAMETERS|WRITES|BREAKER|LEASE|SWEEP|SCOPES|REQUEST)(?:_[A-Z]+)*\b(?!_)/g) ?? [];

    for (const name of named) expect(invented(name), `${file}: ${name}`).toBe(false);
  });

  test("baselines", () => {
    const ids = baselines.map(({ id }) => id);
    const named = inlineCode(text).filter((code) => /^(storage|sql|vpn)\/[a-z-]+$/.test(code));

    for (const name of named) expect([...ids, exampleOfContributing]).toContain(name);
  });

  test("routes", () => {
    const paths: string[] = Object.values(routes).map(({ path: route }) => route);
    const named = [...text.matchAll(/\/api\/([a-z-]+(?:\.json)?(?:\/\{\w+\})?)/g)].map(([, route]) => route ?? "");

    for (const name of named) expect(paths).toContain(name);
  });

  test("files of this project", () => {
    const named = inlineCode(text).filter((code) =>
      /^(functions|shared|emulator|test|scripts)\/[\w./-]+\.ts$/.test(code),
    );
    const existing = new Set(sources());

    for (const name of named) {
      if (!/public-access|[A-Z]{4}/.test(name)) expect(existing, `${file}: ${name}`).toContain(name);
    }
  });
});

describe("docs/http.md", () => {
  test("describes every route with its method", () => {
    const { text } = readDocument("docs/http.md");

    for (const { method, path: route } of Object.values(routes)) expect(text).toContain(`## ${method} /api/${route}\n`);
  });
});

describe("docs/local-azure.md", () => {
  test("shows the options of npm start as its --help does", () => {
    const options = usage.slice(usage.indexOf("\n\n") + 2);

    expect(readDocument("docs/local-azure.md").text).toContain(`\`\`\`\n${options}\n\`\`\``);
  });
});

describe("docs/architecture.md", () => {
  test("names every rule's number once", () => {
    const { text } = readDocument("docs/architecture.md");

    expect([...text.matchAll(/^\| (\d+)\. \*\*/gm)].map(([, number]) => Number(number))).toEqual(
      Array.from({ length: 11 }, (_, index) => index + 1),
    );
  });

  test("names every function in the drawing", () => {
    const { text } = readDocument("docs/architecture.md");

    for (const name of ["resource-changed", "reconcile", "recheck", "sweep", "sweep-page", "waker"]) {
      expect(text).toContain(`[${name}`);
    }
  });

  test("shows every library that the product depends on, at its version", () => {
    const { text } = readDocument("docs/architecture.md");

    for (const [name, version] of Object.entries(dependencies)) expect(text).toContain(`| \`${name}\` | ${version} |`);
  });

  test("says of every outcome that nothing gives yet that it is so, and of no other", () => {
    const { text } = readDocument("docs/architecture.md");
    const missing = text.slice(text.indexOf("## What this version does not do"));
    const product = sources().filter((file) => /^shared\/.+\.ts$/.test(file) && file !== "shared/outcomes.ts");
    const code = product.map((file) => readFileSync(path.join(root, file), "utf8")).join("\n");
    const notGiven = outcomeNames.filter((name) => !code.includes(`"${name}"`));

    const said = /so the outcomes? (.+?) (?:is|are) named and not given yet/.exec(missing)?.[1] ?? "";
    expect(inlineCode(said).sort()).toEqual([...notGiven].sort());
  });
});

/** The baseline that CONTRIBUTING.md adds as its example. */
const exampleOfContributing = "storage/public-access-off";

function invented(name: string): boolean {
  if (settings.includes(name) || settings.some((setting) => setting.startsWith(`${name}_`))) return false;
  return !/^(MODE|PARAMETERS)_STORAGE_PUBLIC_ACCESS_OFF$/.test(name);
}

function sources(): string[] {
  return ["command", "functions", "shared", "emulator", "test", "scripts"].flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" }).map(
      (name) => `${folder}/${name.replaceAll(path.sep, "/")}`,
    ),
  );
}
