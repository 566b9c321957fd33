import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Json } from "../../shared/json.ts";

/** A block of a page that its readers run, and the answer that the page shows for it. */
export interface Example {
  /** The heading that it stands under. */
  heading: string;
  /** In the order of the page, from 1. */
  number: number;
  script: string;
  answer: string | undefined;
}

const marked = /^(?:#+ (?<heading>.+)|<!-- (?<mark>run|answer) -->\n```(?:sh|json|text)\n(?<block>[\s\S]*?)^```)$/gm;

/** The blocks that are marked with `<!-- run -->`, each with the `<!-- answer -->` that follows it. */
export function examplesIn(page: string): Example[] {
  const examples: Example[] = [];
  let heading = "";
  for (const { groups } of page.matchAll(marked)) {
    if (groups?.heading !== undefined) heading = groups.heading;
    const last = examples.at(-1);
    if (groups?.mark === "run") {
      examples.push({ heading, number: examples.length + 1, script: groups.block ?? "", answer: undefined });
    }
    if (groups?.mark === "answer" && last) last.answer = groups.block;
  }
  return examples;
}

/** A shell that keeps its variables from one script to the next, as a reader's does. */
export interface Shell {
  /** Runs a script and gives what it printed; rejects with everything printed where a command of it fails. */
  run(script: string): Promise<string>;
  close(): void;
}

/** Starts a shell in a folder of its own. */
export function startShell(folder: string, environment: Record<string, string>): Shell {
  const { PATH = "" } = process.env;
  const shell = spawn("bash", ["--noprofile", "--norc"], { cwd: folder, env: { PATH, ...environment } });
  const errors: string[] = [];
  shell.stderr.on("data", (chunk: Buffer) => errors.push(chunk.toString("utf8")));
  const lines = createInterface({ input: shell.stdout })[Symbol.asyncIterator]();
  const end = "--- end of the example ---";
  return {
    async run(script) {
      shell.stdin.write(`set -eu -o pipefail\n${script}\necho; echo '${end}'\n`);
      const printed: string[] = [];
      for (let line = await lines.next(); line.value !== end; line = await lines.next()) {
        if (line.done) throw new Error(`The shell ended: ${[...errors, ...printed].join("\n")}`);
        printed.push(line.value);
      }
      return printed.join("\n").trim();
    },
    close: () => shell.kill(),
  };
}

/** JSON with ids and times that differ from run to run made equal, and the page's `…` a stand-in for any text. */
export function comparable(json: Json): Json {
  if (Array.isArray(json)) return json.map(comparable);
  if (typeof json === "object" && json !== null) {
    return Object.fromEntries(Object.entries(json).map(([name, value]) => [name, comparable(value)]));
  }
  if (typeof json !== "string") return json;
  return json
    .replaceAll(/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, "GUID")
    .replaceAll(/\b\d{13}-[0-9a-f]{8}\b/g, "ID")
    .replaceAll(/\b\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME")
    .replaceAll("/resourcegroups/", "/resourceGroups/");
}
