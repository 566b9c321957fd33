import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LocalAzure, startLocalAzure } from "../../emulator/local-azure.ts";
import type { Json } from "../../shared/json.ts";
import { readDocument } from "./documents.ts";
import { comparable, examplesIn, type Shell, startShell } from "./examples.ts";

describe("docs/http.md", () => {
  let azure: LocalAzure;
  let folder: string;
  let shell: Shell;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "docs-examples-"));
    azure = await startLocalAzure({ directory: folder, settings: { MODE_DEFAULT: "enforce" } });
    shell = startShell(folder, azure.environment);
  });

  afterAll(async () => {
    shell?.close();
    await azure?.close();
    await rm(folder, { recursive: true, force: true });
  });

  test.each(examplesIn(readDocument("docs/http.md").text))(
    "example $number, under $heading, runs and answers as shown",
    async ({ script, answer }) => {
      const printed = await shell.run(script);

      if (answer === undefined) return;
      const shown: Json = JSON.parse(answer);
      const answered: Json = JSON.parse(printed);
      expect(comparable(answered)).toMatchObject(leftOut(comparable(shown)));
    },
  );
});

/** What the page shows as `…` may be any text. */
function leftOut(json: Json): object {
  return JSON.parse(JSON.stringify(json), (_name, value: unknown) => (value === "…" ? expect.any(String) : value));
}
