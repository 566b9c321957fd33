/** Does work for each item, so many at a time. Gives the results in the items' order; rejects with the first failure. */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  most: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results = new Map<number, Result>();
  const left = items.entries();
  async function worker(): Promise<void> {
    for (const [index, item] of left) results.set(index, await work(item));
  }
  await Promise.all(Array.from({ length: most }, worker));
  return [...results].sort(([a], [b]) => a - b).map(([, result]) => result);
}
