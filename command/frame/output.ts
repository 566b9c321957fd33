/** A command line that says what is not allowed; its message names what, and what is. */
export class UsageError extends Error {
  /** What is wrong where, a line each. */
  readonly details: readonly string[];

  constructor(message: string, details: readonly string[] = []) {
    super(message);
    this.details = details;
  }
}

/** Where a command writes, a line at a time: results to `out`, what is wrong to `error`. */
export interface Output {
  out(line: string): void;
  error(line: string): void;
  /** Shows how far the work is, in place of what it showed before; absent where nobody looks at a terminal. */
  progress?(line: string): void;
}

/** What a command's end says to the shell. */
export const exitCodes = { good: 0, bad: 1, notCompliant: 2, unable: 3, unknown: 4 } as const;

/** See {@link exitCodes}. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** The meaning of each exit code, for help and docs. */
export const exitCodeMeanings: { readonly [Name in keyof typeof exitCodes]: string } = {
  good: "as it should be",
  bad: "something is not as it should be: the journal was altered, or what was asked for was not done",
  notCompliant: "a resource is not compliant",
  unable:
    "the command could not do its work: its arguments are wrong, or Azure or the service refused or did not answer",
  unknown: "nothing was found wrong, but not everything could be judged",
};

/**
 * The same output with every character escaped that a terminal would act on or hide: names and tags in Azure are chosen by whoever
 * makes the resource. Inside of JSON the escapes are JSON's own.
 */
export function safeOutput({ out, error, progress }: Output): Output {
  return {
    out: (line) => out(visible(line)),
    error: (line) => error(visible(line)),
    ...(progress && { progress: (line: string) => progress(visible(line)) }),
  };
}

/** Control characters (C0, C1), and characters that change the direction of text or take no room. Source: Unicode 16, general categories Cc and Cf. */
const unseen = /[\p{Cc}\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/gu;

function visible(line: string): string {
  return line.replace(unseen, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
