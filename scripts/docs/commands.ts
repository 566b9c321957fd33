import { commands } from "../../command/commands/index.ts";
import type { RegisteredCommand } from "../../command/frame/command.ts";
import { usageOf } from "../../command/frame/command-line.ts";
import { optionMeaning, optionUsage } from "../../command/frame/help.ts";
import { exitCodeMeanings, exitCodes } from "../../command/frame/output.ts";
import { code, table } from "./markdown.ts";

/** The exit codes, and every command with what it takes and an example: the reference in docs/command.md. */
export function renderCommands(): string {
  const codes = Object.entries(exitCodes).map(([name, value]) => [
    code(String(value)),
    Object.entries(exitCodeMeanings).find(([each]) => each === name)?.[1] ?? "",
  ]);
  return ["## Exit codes", table(["Code", "Meaning"], codes), "## Commands", ...commands.map(renderCommand)].join(
    "\n\n",
  );
}

function renderCommand(command: RegisteredCommand): string {
  const { name, summary, details = [], arguments: words, options, examples } = command;
  const rows = [
    ...words.map((word) => [code(word.name), word.meaning]),
    ...options.map((option) => [code(optionUsage(option)), optionMeaning(option)]),
  ];
  const lines = examples.flatMap(({ line, does }) => [
    `# ${does.replace(/:$/, "")}`,
    `npx azure-encryption-guard ${line}`,
  ]);
  return [
    `### ${name}`,
    code(usageOf(command)),
    [summary, ...details].join(" "),
    ...(rows.length === 0 ? [] : [table(["", ""], rows)]),
    `\`\`\`sh\n${lines.join("\n")}\n\`\`\``,
  ].join("\n\n");
}
