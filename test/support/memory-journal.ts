import type { Journal, JournalEntry } from "../../shared/journal/journal.ts";
import type { RemediationSummary, Remediations } from "../../shared/journal/remediations.ts";
import type { Json } from "../../shared/json.ts";

/** A journal in memory. */
export interface MemoryJournal extends Journal {
  /** Oldest first. */
  entries: JournalEntry[];
}

export function memoryJournal(): MemoryJournal {
  const entries: JournalEntry[] = [];
  return {
    entries,
    async append(_unit, added) {
      const first = entries.length;
      entries.push(...structuredClone([...added]));
      return added.map((_, index) => ({ blob: "memory", offset: first + index, length: 1 }));
    },
    place: async () => ({ blob: "memory", offset: entries.length }),
    async find(id, { offset }) {
      const index = entries.findIndex((entry, position) => position >= offset && entry.id === id);
      return index < 0 ? undefined : { blob: "memory", offset: index, length: 1 };
    },
    async read({ offset }) {
      const entry: Json = JSON.parse(JSON.stringify(entries[offset]));
      return entry;
    },
  };
}

/** The index of remediations in memory. */
export interface MemoryRemediations extends Remediations {
  all(): RemediationSummary[];
}

export function memoryRemediations(): MemoryRemediations {
  const rows = new Map<string, { keys: string[]; summary: RemediationSummary }>();
  return {
    async save(resource, summary) {
      const others = (summary.alsoWritten ?? []).map((id) => id.toLowerCase());
      rows.set(summary.id, { keys: [resource.key, ...others], summary: structuredClone(summary) });
    },
    find: async (id) => rows.get(id)?.summary,
    async list({ resource, outcome, from, to, most, after }) {
      const fitting = [...rows.values()]
        .filter(({ keys }) => resource === undefined || keys.includes(resource.key))
        .map(({ summary }) => summary)
        .filter((summary) => outcome === undefined || summary.outcome === outcome)
        .filter(({ startedAt }) => from === undefined || new Date(startedAt) >= from)
        .filter(({ startedAt }) => to === undefined || new Date(startedAt) < to)
        .sort((a, b) => b.startedAt.localeCompare(a.startedAt));
      const begin = fitting.findIndex(({ id }) => id === after) + 1;
      return { summaries: fitting.slice(begin, begin + most), more: begin + most < fitting.length };
    },
    all: () => [...rows.values()].map(({ summary }) => summary),
  };
}
