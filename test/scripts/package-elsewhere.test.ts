import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { unzipSync } from "fflate";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startLocalAzure } from "../../emulator/local-azure.ts";

const archive = path.resolve(import.meta.dirname, "../../dist/package.zip");
/** Far below what an instance unpacks in a second. */
const mostBytes = 5_000_000;
let elsewhere: string;

beforeAll(async () => {
  // No folder above it holds node_modules.
  elsewhere = await mkdtemp(path.join(tmpdir(), "guard-package-"));
  for (const [name, content] of Object.entries(unzipSync(await readFile(archive)))) {
    const file = path.join(elsewhere, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, content);
  }
});
afterAll(() => rm(elsewhere, { recursive: true, force: true }));

test("the package is under 5 MB zipped", async () => {
  expect((await stat(archive)).size).toBeLessThan(mostBytes);
});

test("unpacked elsewhere, with no other file of this project, it starts and says that all is in order", async () => {
  const local = await startLocalAzure({ packageDirectory: elsewhere, disableTimers: true });
  try {
    const headers = { "x-functions-key": local.functions.keys.function };
    const answer = await fetch(`${local.functions.url}/api/health`, { headers });

    expect(answer.status, await answer.text()).toBe(200);
    expect(local.functions.functions.map(({ name }) => name)).toContain("resource-changed");
  } finally {
    await local.close();
  }
});
