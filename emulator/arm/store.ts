import type { JsonObject } from "./json.ts";
import { isAtOrBelow } from "./resource-id.ts";

/** One resource as the local Azure holds it. Never changed in place: a change puts a new one. */
export interface StoredResource {
  /** In the casing in which it was created. */
  readonly id: string;
  /** The full type in its provider's own casing. */
  readonly type: string;
  /** The whole resource as a GET at the newest api-version answers it, with id, name and type. */
  readonly body: JsonObject;
  /** What no GET answers, such as account keys. */
  readonly secrets?: JsonObject;
  /** State that no answer shows, such as when a database was last used; tests may look. */
  readonly hidden?: JsonObject;
}

/** All resources, by id without case. */
export interface ResourceStore {
  get(id: string): StoredResource | undefined;
  put(resource: StoredResource): void;
  /** Deletes the resource and all below it; tells whether it was there. */
  delete(id: string): boolean;
  /** Those at or below a scope, in order of creation; the whole store for the empty scope. */
  list(scope?: string): StoredResource[];
  /** Those of one type, in order of creation. */
  ofType(type: string): StoredResource[];
  /** Grows with each resource that is put or deleted: where it is the same, so is everything in the store. */
  version(): number;
}

/** A store in memory, empty. */
export function createResourceStore(): ResourceStore {
  const resources = new Map<string, StoredResource>();
  /** The same ones by type, so that the checks of each request don't walk through all accounts. */
  const types = new Map<string, Map<string, StoredResource>>();
  let version = 0;
  return {
    get: (id) => resources.get(id.toLowerCase()),
    put(resource) {
      version += 1;
      const key = resource.id.toLowerCase();
      resources.set(key, resource);
      const ofType = types.get(resource.type) ?? new Map<string, StoredResource>();
      types.set(resource.type, ofType.set(key, resource));
    },
    delete(id) {
      version += 1;
      const found = resources.has(id.toLowerCase());
      for (const [key, resource] of [...resources]) {
        if (!isAtOrBelow(key, id)) continue;
        resources.delete(key);
        types.get(resource.type)?.delete(key);
      }
      return found;
    },
    list(scope = "") {
      const all = [...resources.values()];
      return scope === "" ? all : all.filter((resource) => isAtOrBelow(resource.id, scope));
    },
    ofType: (type) => [...(types.get(type)?.values() ?? [])],
    version: () => version,
  };
}
