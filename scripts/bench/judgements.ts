/** What the app says in its log about the resources that it judged. */
export interface Judgements {
  /** Takes a line of the log. */
  read(line: string): void;
  /** How many were judged so far, by outcome. */
  readonly counts: ReadonlyMap<string, number>;
  /** Gives the moment, by `performance.now()`, of the next one. */
  next(): Promise<number>;
}

/** With nothing judged yet. */
export function createJudgements(): Judgements {
  const counts = new Map<string, number>();
  let waiting: ((moment: number) => void)[] = [];
  return {
    counts,
    read(line) {
      const outcome = outcomeIn(line);
      if (outcome === undefined) return;
      counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
      for (const resolve of waiting) resolve(performance.now());
      waiting = [];
    },
    next: () => new Promise((resolve) => waiting.push(resolve)),
  };
}

function outcomeIn(line: string): string | undefined {
  if (!line.startsWith("{")) return undefined;
  const parsed: unknown = JSON.parse(line);
  if (typeof parsed !== "object" || parsed === null) return undefined;
  if (!("message" in parsed) || parsed.message !== "judged") return undefined;
  return "outcome" in parsed ? String(parsed.outcome) : undefined;
}
