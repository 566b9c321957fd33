import { execFile, spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { run } from "./run.ts";

let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "completion-"));
  await writeFile(path.join(folder, "main.json"), "{}");
  for (const shell of ["bash", "zsh"]) {
    const { out } = await run(["completion", shell]);
    await writeFile(path.join(folder, shell), out.join("\n"));
  }
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const offers = [
  { typed: ["jour"], offered: ["journal"] },
  { typed: ["journal", ""], offered: ["verify", "show"] },
  { typed: ["journal", "verify", "--he"], offered: ["--heads", "--help"] },
  { typed: ["exemptions", "e"], offered: ["end"] },
  { typed: ["check", "main.json", "--output", ""], offered: ["table", "json", "sarif"] },
  { typed: ["completion", ""], offered: ["bash", "zsh"] },
];

describe.skipIf(!isHere("bash"))("in bash", () => {
  test.each(offers)("$typed is completed to $offered", async ({ typed, offered }) => {
    expect(await offeredByBash(typed)).toEqual(offered);
  });

  test("a file is offered where an option takes one", async () => {
    expect(await offeredByBash(["journal", "verify", "--heads", "ma"])).toEqual(["main.json"]);
    expect(await offeredByBash(["check", "ma"])).toEqual(["main.json"]);
  });

  test("nothing is offered where only the person knows", async () => {
    expect(await offeredByBash(["replay", "--endpoint", ""])).toEqual([]);
  });

  test("it is what bash runs for the command", async () => {
    expect(await inShell("bash", ". ./bash; complete -p azure-encryption-guard")).toEqual([
      "complete -o default -F _azure_encryption_guard azure-encryption-guard",
    ]);
  });
});

describe.skipIf(!isHere("zsh"))("in zsh", () => {
  test.each(offers)("$typed is completed to $offered", async ({ typed, offered }) => {
    expect(await offeredByZsh(typed)).toEqual(offered);
  });

  test("a file is offered where an option takes one", async () => {
    expect(await offeredByZsh(["journal", "verify", "--heads", "ma"])).toEqual(["(files)"]);
  });

  test("it is what zsh runs for the command, from $fpath and by eval", async () => {
    const registers = 'compdef() { print -- "$@" }; . ./zsh';
    expect(await inShell("zsh", registers)).toEqual(["_azure_encryption_guard azure-encryption-guard"]);
  });
});

function offeredByBash(typed: readonly string[]): Promise<string[]> {
  const words = ["azure-encryption-guard", ...typed].map((word) => `'${word}'`).join(" ");
  return inShell(
    "bash",
    `. ./bash; COMP_WORDS=(${words}); COMP_CWORD=${typed.length}; _azure_encryption_guard; printf '%s\\n' "\${COMPREPLY[@]}"`,
  );
}

/** zsh's own completion works at a terminal only: what it is given is printed instead, filtered by the word as zsh would. */
async function offeredByZsh(typed: readonly string[]): Promise<string[]> {
  const words = ["azure-encryption-guard", ...typed].map((word) => `'${word}'`).join(" ");
  const offered = await inShell(
    "zsh",
    `compdef() { : }; compadd() { shift; print -l -- "$@" }; _files() { print "(files)" }; . ./zsh; words=(${words}); CURRENT=${typed.length + 1}; _azure_encryption_guard`,
  );
  return offered.filter((each) => each.startsWith(typed.at(-1) ?? "") || each === "(files)");
}

async function inShell(shell: string, script: string): Promise<string[]> {
  const { PATH = "" } = process.env;
  const bare = shell === "bash" ? ["--noprofile", "--norc"] : ["--no-rcs"];
  const { stdout } = await promisify(execFile)(shell, [...bare, "-c", script], { cwd: folder, env: { PATH } });
  return stdout.split("\n").filter((line) => line !== "");
}

function isHere(shell: string): boolean {
  return spawnSync(shell, ["--version"]).status === 0;
}
