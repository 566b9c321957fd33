import { isJsonObject } from "../../emulator/arm/json.ts";

/** What the app says in its log about the resources that it judged. */
export interface Judgements {
  /** Takes a line of the log. */
  read(line: string): void;
  /** How often a resource was judged so far, by outcome. */
  readonly counts: ReadonlyMap<string, number>;
  /** The last outcome of each resource, by its id. */
  readonly outcomes: ReadonlyMap<string, string>;
  /** Gives the moment, by `performance.now()`, of the next one. */
  next(): Promise<number>;
}

/** With nothing judged yet. */
export function createJudgements(): Judgements {
  const counts = new Map<string, number>();
  const outcomes = new Map<string, string>();
  let waiting: ((moment: number) => void)[] = [];
  return {
    counts,
    outcomes,
    read(line) {
      const judgement = judgementIn(line);
      if (!judgement) return;
      const { outcome, resourceId } = judgement;
      counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
      outcomes.set(resourceId, outcome);
      for (const resolve of waiting) resolve(performance.now());
      waiting = [];
    },
    next: () => new Promise((resolve) => waiting.push(resolve)),
  };
}

function judgementIn(line: string): { outcome: string; resourceId: string } | undefined {
  if (!line.startsWith("{")) return undefined;
  const parsed: unknown = JSON.parse(line);
  if (!isJsonObject(parsed) || parsed.message !== "judged") return undefined;
  return { outcome: String(parsed.outcome), resourceId: String(parsed.resourceId) };
}
