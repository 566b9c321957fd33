import * as z from "zod";
import { defineCommand } from "../frame/command.ts";
import { completionFor, shells } from "../frame/completion.ts";
import { exitCodes, UsageError } from "../frame/output.ts";
import { commands } from "./index.ts";

/** `completion`: prints what makes a shell complete this command. */
export const completion = defineCommand({
  name: "completion",
  summary: "Prints what makes a shell complete this command.",
  arguments: [{ name: shells.join("|"), meaning: "the shell", completes: shells }],
  options: z.strictObject({}),
  examples: [
    { line: "completion bash > ~/.local/share/bash-completion/completions/azure-encryption-guard", does: "For bash:" },
    { line: "completion zsh > ~/.zfunc/_azure-encryption-guard", does: "For zsh, with that folder in fpath:" },
  ],
  async run(_options, [word], { output }) {
    const shell = shells.find((each) => each === word);
    if (!shell)
      throw new UsageError(`There is no completion for ${JSON.stringify(word)}; there is for ${shells.join(" and ")}.`);
    for (const line of completionFor(shell, commands).trimEnd().split("\n")) output.out(line);
    return exitCodes.good;
  },
});
