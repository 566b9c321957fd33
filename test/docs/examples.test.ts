import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { seedDemoResources } from "../../emulator/demo-resources.ts";
import { type LocalAzure, startLocalAzure } from "../../emulator/local-azure.ts";
import { writePolicyFile } from "../../emulator/policy-file.ts";
import { findBaseline } from "../../shared/baselines/index.ts";
import type { Json } from "../../shared/json.ts";
import { documents, root } from "./documents.ts";
import { comparable, examplesIn, type Shell, startShell } from "./examples.ts";

const pages = documents()
  .map(({ file, text }) => ({ file, examples: examplesIn(text) }))
  .filter(({ examples }) => examples.length > 0);

/** What the examples are run with. Where one is missing they are left out; README says so. */
const areToolsHere = ["bash", "curl"].every((tool) => spawnSync(tool, ["--version"]).status === 0);

let azure: LocalAzure;
let folder = "";

beforeAll(async () => {
  if (!areToolsHere) return;
  folder = await mkdtemp(path.join(tmpdir(), "docs-examples-"));
  azure = await startLocalAzure({
    directory: folder,
    settings: { ...(await writePolicyFile(folder)), APPROVE_WITH_KEY: "true" },
    prepare: (arm) => seedDemoResources({ arm }),
  });
  await installCommand();
});

afterAll(async () => {
  await azure?.close();
  if (folder) await rm(folder, { recursive: true, force: true });
});

test("README and the pages about decisions, the command, HTTP, the local Azure and notifications have examples that run", () => {
  expect(pages.map(({ file }) => file)).toEqual([
    "README.md",
    "docs/approvals.md",
    "docs/command.md",
    "docs/http.md",
    "docs/local-azure.md",
    "docs/notifications.md",
    "docs/policy.md",
  ]);
});

describe.skipIf(!areToolsHere).each(pages)("$file", ({ examples }) => {
  let shell: Shell;

  beforeAll(() => {
    shell = startShell(folder, azure.environment);
  });

  afterAll(() => shell.close());

  test.each(examples)("example $number, under $heading, runs and answers as shown", async ({ script, answer }) => {
    // A reader types more slowly than a test: what is not there yet is asked for again.
    await vi.waitFor(
      async () => {
        const printed = await shell.run(script);
        if (answer !== undefined) expectAnswer(printed, answer);
      },
      { timeout: 15_000, interval: 100 },
    );
  });
});

/** As `npm ci` does in a folder whose package asks for it. */
async function installCommand(): Promise<void> {
  const binaries = path.join(folder, "node_modules", ".bin");
  await mkdir(binaries, { recursive: true });
  await symlink(
    path.join(root, "dist/command/azure-encryption-guard.mjs"),
    path.join(binaries, "azure-encryption-guard"),
  );
}

function expectAnswer(printed: string, answer: string): void {
  if (!/^[[{]/.test(answer)) {
    expect(comparable(printed)).toMatch(pattern(answer));
    return;
  }
  const shown: Json = JSON.parse(answer);
  const answered: Json = JSON.parse(printed);
  expect(comparable(answered)).toMatchObject(expected(comparable(shown)));
}

/** A text, in which `…` may be any. */
function pattern(answer: string): RegExp {
  const parts = String(comparable(answer.trim())).split("…");
  return new RegExp(`^${parts.map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")).join("[^]*?")}$`);
}

/**
 * What the page shows as `…` may be any text. How many messages wait just then is nobody's promise, nor is it that there
 * are no more baselines than the page shows.
 */
function expected(shown: Json): object {
  return JSON.parse(JSON.stringify(shown), (name, value: unknown) => {
    if (name === "queues") return expect.any(Object);
    if (Array.isArray(value) && value.length > 0 && value.every(isOfBaseline)) {
      return expect.arrayContaining(
        value.map((each) => (typeof each === "string" ? each : expect.objectContaining(each))),
      );
    }
    return value === "…" ? expect.any(String) : value;
  });
}

/** A baseline's id, or an object about one. */
function isOfBaseline(value: unknown): value is string | object {
  if (typeof value === "string") return findBaseline(value) !== undefined;
  return typeof value === "object" && value !== null && "baseline" in value;
}
