import { describe, expect, test } from "vitest";
import { commands } from "../../command/commands/index.ts";
import { parseCommandLine } from "../../command/frame/command-line.ts";
import { safeOutput } from "../../command/frame/output.ts";
import { run } from "./run.ts";

describe("the help", () => {
  test("lists every command with one line, and the exit codes", async () => {
    const { code, out } = await run(["--help"]);

    expect(code).toBe(0);
    for (const { name } of commands) expect(out.join("\n")).toMatch(new RegExp(`^  ${name}`, "m"));
    expect(out.join("\n")).toContain("  2  a resource is not compliant");
  });

  test("is printed where nothing is asked for", async () => {
    expect((await run([])).out).toEqual((await run(["--help"])).out);
  });

  test.each(commands)(
    "of $name tells each option, and an example that is a command line of its own",
    async (command) => {
      const { code, out } = await run([...command.name.split(" "), "--help"]);

      expect(code).toBe(0);
      for (const { name } of command.options) expect(out.join("\n")).toContain(`--${name}`);
      for (const { line } of command.examples) {
        expect(out.join("\n")).toContain(`azure-encryption-guard ${line}`);
        expect(parseCommandLine(wordsOf(line), commands)).toMatchObject({
          kind: "run",
          command: { name: command.name },
        });
      }
    },
  );

  test("fits into a terminal", async () => {
    const helps = await Promise.all(commands.map(({ name }) => run([...name.split(" "), "--help"])));
    const examples = commands.flatMap((command) => command.examples.map(({ line }) => line));

    const lines = helps.flatMap(({ out }) => out).filter((line) => !examples.some((each) => line.endsWith(each)));
    for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(104);
  });
});

describe("a command line that is not allowed ends with 3 and says what is", () => {
  test.each([
    ["an unknown command", ["fly"], /There is no command "fly"\. There are: .*journal/],
    ["half a command", ["journal"], /"journal" is one of: journal verify, journal show/],
    ["an unknown option", ["journal", "show", "x", "--colour"], /no option --colour\. It has: --endpoint, --key/],
    ["an option without its value", ["replay", "--endpoint"], /--endpoint takes a value: --endpoint URL/],
    ["an option that is given twice", ["replay", "--key", "a", "--key", "b"], /--key may be given once/],
    ["a word too many", ["replay", "now"], /"now" is too much: azure-encryption-guard replay/],
    [
      "a word too few",
      ["journal", "show"],
      /RESOURCE\|SCOPE\|policy\|calls is missing: azure-encryption-guard journal show/,
    ],
    ["a word that is none", ["journal", "show", "here"], /"here" is neither a resource id/],
  ])("%s", async (_what, line, message) => {
    const { code, error, out } = await run(line);

    expect(code).toBe(3);
    expect(error.join("\n")).toMatch(message);
    expect(out).toEqual([]);
  });
});

test("what a terminal would act on is escaped, whoever chose it", () => {
  const lines: string[] = [];
  const { out } = safeOutput({ out: (line) => void lines.push(line), error: () => undefined });

  out("ship\u001b[2J\u009bs\r\n\u202egnp.exe\u200b é 船");

  expect(lines).toEqual(["ship\\u001b[2J\\u009bs\\u000d\\u000a\\u202egnp.exe\\u200b é 船"]);
});

function wordsOf(line: string): string[] {
  const beforeRedirect = line.split(" > ")[0] ?? "";
  return [...beforeRedirect.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, a, b, c]) => a ?? b ?? c ?? "");
}
