import type { Argument, RegisteredCommand } from "./command.ts";

/** The shells that a completion can be printed for. */
export const shells = ["bash", "zsh"] as const;

/**
 * The completion of all commands for a shell: names of commands, their options, values that are few, and files.
 * It holds all it needs, so that completing starts no process.
 */
export function completionFor(shell: (typeof shells)[number], commands: readonly RegisteredCommand[]): string {
  return shell === "bash" ? bashCompletion(commands) : zshCompletion(commands);
}

const program = "azure-encryption-guard";

function bashCompletion(commands: readonly RegisteredCommand[]): string {
  return `# bash completion of ${program}: eval "$(${program} completion bash)"
_azure_encryption_guard() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}"
  local line="\${COMP_WORDS[*]:1:COMP_CWORD-1}"
  COMPREPLY=()
  case "$line " in
${commandCases(commands, bashActions)}
  *) COMPREPLY=($(compgen -W "${firstWords(commands)}" -- "$word")) ;;
  esac
}
complete -o default -F _azure_encryption_guard ${program}
`;
}

const bashActions: ShellActions = {
  words: (words) => `COMPREPLY=($(compgen -W "${words.join(" ")}" -- "$word"))`,
  files: `COMPREPLY=($(compgen -f -- "$word"))`,
};

function zshCompletion(commands: readonly RegisteredCommand[]): string {
  return `#compdef ${program}
# zsh completion of ${program}: a file _${program} in a folder of $fpath, or eval "$(${program} completion zsh)"
_azure_encryption_guard() {
  local word="\${words[CURRENT]}" before="\${words[CURRENT-1]}"
  local line="\${words[2,CURRENT-1]}"
  case "$line " in
${commandCases(commands, zshActions)}
  *) compadd -- ${firstWords(commands)} ;;
  esac
}
if [ "$funcstack[1]" = "_azure_encryption_guard" ]; then
  _azure_encryption_guard "$@"
else
  compdef _azure_encryption_guard ${program}
fi
`;
}

const zshActions: ShellActions = {
  words: (words) => (words.length === 0 ? ":" : `compadd -- ${words.join(" ")}`),
  files: "_files",
};

/** What a shell does to offer words, or files. */
interface ShellActions {
  words(words: readonly string[]): string;
  files: string;
}

function firstWords(commands: readonly RegisteredCommand[]): string {
  return [...new Set(commands.map(({ name }) => name.split(" ")[0]))].join(" ");
}

/** A case for each command, longer names first, and one for each word that begins several names. */
function commandCases(commands: readonly RegisteredCommand[], actions: ShellActions): string {
  const groups = new Map<string, string[]>();
  for (const { name } of commands) {
    const [group = "", action] = name.split(" ");
    if (action !== undefined) groups.set(group, [...(groups.get(group) ?? []), action]);
  }
  const own = [...commands]
    .sort((a, b) => b.name.length - a.name.length)
    .map((command) => commandCase(command, groups.get(command.name) ?? [], actions));
  const shared = [...groups].map(([group, words]) => `  "${group} "*) ${actions.words(words)} ;;`);
  return [...own, ...shared].join("\n");
}

function commandCase({ name, options, arguments: words }: RegisteredCommand, below: string[], actions: ShellActions) {
  const values = options.flatMap(({ name: option, choices, value }) => {
    if (choices) return [`    --${option}) ${actions.words(choices)} ;;`];
    if (value === "FILE") return [`    --${option}) ${actions.files} ;;`];
    return value === undefined ? [] : [`    --${option}) ${actions.words([])} ;;`];
  });
  const names = [...options.map((option) => `--${option.name}`), "--help"];
  const offers = words.flatMap((word) => offered(word, actions) ?? []);
  return [
    `  "${name} "*) case "$before" in`,
    ...values,
    `    *) case "$word" in`,
    `      -*) ${actions.words(names)} ;;`,
    `      *) ${offers[0] ?? actions.words([...below, ...names])} ;;`,
    "      esac ;;",
    "    esac ;;",
  ].join("\n");
}

function offered({ completes }: Argument, actions: ShellActions): string | undefined {
  if (completes === undefined) return undefined;
  return completes === "files" ? actions.files : actions.words(completes);
}
