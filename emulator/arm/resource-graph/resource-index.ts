import type { JsonObject } from "../json.ts";
import type { ResourceStore, StoredResource } from "../store.ts";

/** The index, which tests may hold back: the real one lags behind ARM, and its rows may lack properties. */
export interface ResourceGraph {
  /** Paths that rows don't have, e.g. `properties.minimumTlsVersion`. */
  omitProperties: string[];
  /** While true, queries see what there was when it was set. */
  frozen: boolean;
}

/** The index, with the resources that it shows. */
export interface IndexedResourceGraph extends ResourceGraph {
  resources(): readonly StoredResource[];
  /** The row of a resource, made by `make` where there is none yet. */
  rowOf(resource: StoredResource, make: () => JsonObject): JsonObject;
  /**
   * What a query finds: found by `find`, and kept until a resource changes, since the pages of a sweep come one after the other.
   * @param query all that the result hangs on beside the resources
   */
  foundBy(query: string, find: () => readonly JsonObject[]): readonly JsonObject[];
}

/** Each keeps references to all its rows, and as many sweeps don't run at the same time. */
const mostQueriesKept = 50;

/** An index that follows the store until it is frozen. */
export function createResourceGraph(store: ResourceStore): IndexedResourceGraph {
  let held: readonly StoredResource[] | undefined;
  /** A resource that is changed is another object, so its row is never out of date. */
  const rows = new WeakMap<StoredResource, JsonObject>();
  const found = new Map<string, readonly JsonObject[]>();
  let foundIn: unknown;
  return {
    omitProperties: [],
    get frozen() {
      return held !== undefined;
    },
    set frozen(frozen) {
      held = frozen ? (held ?? store.list()) : undefined;
    },
    resources: () => held ?? store.list(),
    rowOf(resource, make) {
      const row = rows.get(resource) ?? make();
      rows.set(resource, row);
      return row;
    },
    foundBy(query, find) {
      const standing = held ?? store.version();
      if (standing !== foundIn || found.size >= mostQueriesKept) found.clear();
      foundIn = standing;
      const result = found.get(query) ?? find();
      found.set(query, result);
      return result;
    },
  };
}
