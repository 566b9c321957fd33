import { randomUUID } from "node:crypto";
import type { Json, JsonObject } from "../arm/json.ts";

/** Objects of one kind, such as applications. */
export interface Objects {
  all(): readonly JsonObject[];
  /** The one with this value of a key, `id` or another; nothing also where it was made so lately that this read does not see it. */
  find(key: string, value: string): JsonObject | undefined;
  /** Makes one, with an id. */
  add(properties: JsonObject): JsonObject;
  /** Puts other properties in the place of those that it has. */
  replace(id: string, properties: JsonObject): void;
  remove(id: string): void;
}

/** What a tenant knows of applications. */
export interface Directory {
  applications: Objects;
  /** Kept for 30 days, which hold their unique names. */
  deletedApplications: Objects;
  servicePrincipals: Objects;
  appRoleAssignments: Objects;
}

/**
 * An empty directory.
 * @param lag gives how many reads do not see what was just made: Entra's copies follow each other.
 */
export function createDirectory(lag: () => number): Directory {
  return {
    applications: objects(lag),
    deletedApplications: objects(() => 0),
    servicePrincipals: objects(lag),
    appRoleAssignments: objects(() => 0),
  };
}

function objects(lag: () => number): Objects {
  const byId = new Map<string, JsonObject>();
  const unseen = new Map<string, number>();
  return {
    all: () => [...byId.values()].map((each) => structuredClone(each)),
    find(key, value) {
      const found = [...byId.values()].find((each) => isSame(each[key], value));
      const id = String(found?.id);
      const reads = unseen.get(id) ?? 0;
      if (reads > 0) unseen.set(id, reads - 1);
      return reads > 0 ? undefined : structuredClone(found);
    },
    add(properties) {
      const made = { id: randomUUID(), ...properties };
      byId.set(made.id, made);
      unseen.set(made.id, lag());
      return structuredClone(made);
    },
    replace: (id, properties) => void byId.set(id, { ...properties, id }),
    remove: (id) => void byId.delete(id),
  };
}

function isSame(held: Json | undefined, asked: string): boolean {
  return typeof held === "string" && held.toLowerCase() === asked.toLowerCase();
}
