import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Writable } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { playDemo } from "../../../emulator/demo/play.ts";
import { type Step, steps } from "../../../emulator/demo/scenario.ts";
import { demoAccounts } from "../../../emulator/demo-resources.ts";

let directory = "";

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "demo-test-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** Plays steps with the built package. The whole scenario is for `npm run demo`. */
async function play(played: readonly Step[], signal = new AbortController().signal) {
  let told = "";
  const output = new Writable({
    write(chunk, _encoding, done) {
      told += String(chunk);
      done();
    },
  });
  const journalFile = path.join(directory, "journal.jsonl");
  const exitCode = await playDemo({ steps: played, output, environment: {}, journalFile, signal });
  return { exitCode, told, journalFile };
}

describe("demo", () => {
  it("ends with 1 where an outcome is not the expected one, and says which", async () => {
    const wrong = steps
      .filter(({ resources }) => resources.includes(demoAccounts.polarisbookings))
      .map((step) => ({ ...step, expected: { "storage/secure-transfer": "blocked" } }));

    const { exitCode, told, journalFile } = await play(wrong);

    expect(told).toContain("polarisbookings, storage/secure-transfer: expected blocked, and it is remediated");
    expect(exitCode).toBe(1);
    expect(await readFile(journalFile, "utf8")).toContain('"kind":"intent-outcome"');
  }, 60_000);

  it("ends everything when it is interrupted", async () => {
    const { exitCode, told } = await play(steps, AbortSignal.abort(new Error("Interrupted")));

    expect(exitCode).toBe(130);
    expect(told).not.toContain("sam turned");
  }, 60_000);
});
