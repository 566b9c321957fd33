import type { Exemptions, KeptExemption } from "./stores.ts";

/** A change of another instance shows after so long at most. */
const keptMilliseconds = 5000;

/** Exemptions with a copy of all of them, in which what is changed through it shows at once. */
export interface CurrentExemptions extends Exemptions {
  /** All of them, as they were five seconds ago at most. Throws `storage-unavailable`. */
  current(): Promise<readonly KeptExemption[]>;
}

/** Keeps a copy of all exemptions for a few seconds, so that a burst of findings asks once. */
export function currentExemptions(store: Exemptions, now: () => Date): CurrentExemptions {
  let copy: { at: number; read: Promise<KeptExemption[]> } | undefined;

  async function changing<Value>(work: Promise<Value>): Promise<Value> {
    try {
      return await work;
    } finally {
      copy = undefined;
    }
  }

  return {
    ...store,
    add: (exemption) => changing(store.add(exemption)),
    change: (id, change) => changing(store.change(id, change)),
    remove: (id) => changing(store.remove(id)),
    async current() {
      const at = now().getTime();
      if (!copy || at - copy.at >= keptMilliseconds) copy = { at, read: store.all() };
      const { read } = copy;
      try {
        return await read;
      } catch (thrown) {
        copy = undefined;
        throw thrown;
      }
    },
  };
}
