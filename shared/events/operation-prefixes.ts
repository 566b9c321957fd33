import type { RegisteredBaseline } from "../baselines/baseline.ts";

/** Event Grid takes 25 filter values in an event subscription (docs: "Event filtering"); what is more goes to a second one. */
export const mostFilterValues = 25;

/** Events of a subscription that an event subscription asks for (docs: "Azure subscription as an Event Grid source"). */
export const includedEventTypes = [
  "Microsoft.Resources.ResourceWriteSuccess",
  "Microsoft.Resources.ResourceActionSuccess",
  "Microsoft.Resources.ResourceDeleteSuccess",
];

/** Beginnings of the names of operations that concern these baselines, each once and in order: a list for each event subscription. */
export function operationPrefixes(baselines: readonly Pick<RegisteredBaseline, "operations">[]): string[][] {
  const names = [...new Set(baselines.flatMap(({ operations }) => operations.map(({ name }) => name)))].sort();
  const count = Math.ceil(names.length / mostFilterValues);
  return Array.from({ length: count }, (_, index) =>
    names.slice(index * mostFilterValues, (index + 1) * mostFilterValues),
  );
}
