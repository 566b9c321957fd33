import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fileSource } from "../../../shared/policy/policy-source.ts";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "policy-source-"));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe("a policy file on a disk", () => {
  test("is read as it is now, with when it was changed", async () => {
    const file = path.join(folder, "guard.policy.yaml");
    const source = fileSource(file);
    await writeFile(file, "version: 1");
    await source.read();
    await writeFile(file, "version: 1\nmode: enforce");

    expect(await source.read()).toMatchObject({
      ok: true,
      text: "version: 1\nmode: enforce",
      changedAt: expect.any(Date),
    });
  });

  test("that is not there is told with why", async () => {
    expect(await fileSource(path.join(folder, "nowhere.yaml")).read()).toMatchObject({
      ok: false,
      reason: expect.stringContaining("ENOENT"),
    });
  });

  test("that somebody is about to write anew counts as none", async () => {
    const file = path.join(folder, "empty.yaml");
    await writeFile(file, "");

    expect(await fileSource(file).read()).toEqual({ ok: false, reason: "It is empty." });
  });
});
