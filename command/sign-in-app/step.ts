import type { Part } from "./wanted.ts";

/** What was found, done, or would be done about one thing of the app registration. */
export interface Step {
  what: "directory" | "application" | Part["what"] | "service principal" | "assignment";
  name: string;
  did: "unchanged" | "made" | "changed" | "would be made" | "would be changed" | "stays" | "failed";
  /** More, in a sentence. */
  why?: string;
}

/** One step as a line for people. */
export function stepLine({ what, name, did, why }: Step): string {
  return `  ${did.padEnd(16)}  ${what.padEnd(17)}  ${name}${why === undefined ? "" : `: ${why}`}`;
}

/** A part as a step, once what was missing is written, or would have been. */
export function stepOf({ what, name, state, why }: Part, dryRun: boolean): Step {
  const did = { there: "unchanged", kept: "stays", missing: "made", otherwise: "changed" } as const;
  const would = { ...did, missing: "would be made", otherwise: "would be changed" } as const;
  return { what, name, did: (dryRun ? would : did)[state], ...(why !== undefined && { why }) };
}
