import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readDocument, root } from "./documents.ts";

const notCopied = ["node_modules", "dist", ".git", ".local-azure", "coverage"];
const section = sectionOf(readDocument("CONTRIBUTING.md").text, "Add a baseline");
const id = firstMatch(section, /^ {2}id: "(.+)",$/m);
const baselineFile = `shared/baselines/${id}.ts`;
const testFile = `test/shared/baselines/${id}.test.ts`;

let copy: string;

beforeAll(async () => {
  copy = await mkdtemp(path.join(tmpdir(), "contributing-"));
  await cp(root, copy, { recursive: true, filter: (source) => !notCopied.includes(path.relative(root, source)) });
  await symlink(path.join(root, "node_modules"), path.join(copy, "node_modules"));
});

afterAll(() => rm(copy, { recursive: true, force: true }));

/** The tests follow the page from step to step. */
describe("whoever adds CONTRIBUTING.md's example of a baseline by its steps", () => {
  test("writes the baseline and its tests into the files that it names", async () => {
    const [baseline = "", tests = ""] = blocks("ts");

    await writeFile(path.join(copy, baselineFile), baseline);
    await writeFile(path.join(copy, testFile), tests);

    for (const file of [baselineFile, testFile]) expect(section).toContain(`\`${file}\``);
  });

  test("registers it, and says what the tests may try it on", async () => {
    const name = firstMatch(section, /^export const (\w+) = defineBaseline/m);
    const registry = "shared/baselines/index.ts";
    const accounts = "test/shared/baselines/accounts.ts";

    await insert(registry, /^/, `import { ${name} } from "./${id}.ts";\n`);
    await insert(registry, /^export const baselines\b.+= \[$/m, `\n${name},`);
    await insert(accounts, /^export const weakProperties = \{$/m, `\n${sayingOf("weakProperties")},`);
    await insert(accounts, /^const watchedProperties = fc\.record\(\n {2}\{$/m, `\n${sayingOf("watchedProperties")},`);

    for (const file of [registry, accounts]) expect(section).toContain(`\`${file}\``);
  });

  test("can write the pages anew, and passes the checks", async () => {
    const [commands = ""] = blocks("sh");
    const { stdout } = await runInCopy(commands.replace(/^npm test$/m, ""));

    expect(commands).toMatch(/^npm test$/m);
    expect(stdout).toContain("tsc -p .");
  }, 300_000);

  test("passes all tests that start no process, its own and the contract's among them", async () => {
    const { stdout } = await runInCopy("npx vitest run --project pure --reporter verbose");

    expect(stdout).toContain(testFile);
    expect(stdout).toContain(`${id} > changes only what it owns`);
    expect(stdout).toContain(`${id}, whatever the resource and the parameters > a second fix is empty`);
  }, 300_000);
});

function sectionOf(page: string, heading: string): string {
  const [, after = ""] = page.split(`\n## ${heading}\n`);
  return after.split(/^## /m)[0] ?? "";
}

function firstMatch(text: string, pattern: RegExp): string {
  const found = pattern.exec(text)?.[1];
  if (found === undefined) throw new Error(`CONTRIBUTING.md has nothing like ${pattern}.`);
  return found;
}

function blocks(language: string): string[] {
  return [...section.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "gms"))].map(([, block = ""]) => block);
}

/** What the page's list says to write into an object of the tests, for its example. */
function sayingOf(object: string): string {
  return firstMatch(section, new RegExp(`^- \`${object}\`: .+ \\(here \`(.+)\`\\)\\.$`, "m"));
}

/** Writes a text behind the place of a file that the pattern finds, unless the page's reader has written it there already. */
async function insert(file: string, place: RegExp, text: string): Promise<void> {
  const before = await readFile(path.join(copy, file), "utf8");
  if (before.includes(text.trim())) return;
  const after = before.replace(place, (found) => found + text);
  expect(after, `${file} has nothing like ${place}`).not.toBe(before);
  await writeFile(path.join(copy, file), after);
}

/** Rejects with all that was printed where a command fails. */
async function runInCopy(script: string): Promise<{ stdout: string }> {
  const { PATH = "", HOME = "" } = process.env;
  const options = { cwd: copy, env: { PATH, HOME, NO_COLOR: "1" }, maxBuffer: 64 * 1024 * 1024 };
  try {
    return await promisify(execFile)("bash", ["-eu", "-c", script], options);
  } catch (error) {
    if (!(error instanceof Error && "stdout" in error && "stderr" in error)) throw error;
    throw new Error(`${error.message}\n${error.stdout}\n${error.stderr}`);
  }
}
