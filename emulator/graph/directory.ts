import { randomUUID } from "node:crypto";
import type { Json, JsonObject } from "../arm/json.ts";

/** Objects of one kind, such as applications. */
export interface Objects {
  all(): readonly JsonObject[];
  /** The one with this value of a key, `id` or another; nothing also where it was made so lately that this request does not see it. */
  find(key: string, value: string, by?: keyof Lag): JsonObject | undefined;
  /** Makes one, with an id. */
  add(properties: JsonObject): JsonObject;
  /** Puts other properties in the place of those that it has. */
  replace(id: string, properties: JsonObject): void;
  remove(id: string): void;
}

/** How many requests do not see an object that was just made: Entra's copies follow each other, and each kind of request may ask another one. */
export interface Lag {
  reads: number;
  writes: number;
  /** Requests that make something which refers to it. */
  references: number;
}

/** What a tenant knows of applications. */
export interface Directory {
  applications: Objects;
  /** Kept for 30 days, which hold their unique names. */
  deletedApplications: Objects;
  servicePrincipals: Objects;
  appRoleAssignments: Objects;
}

/** An empty directory. */
export function createDirectory(lag: () => Lag): Directory {
  return {
    applications: objects(lag),
    deletedApplications: objects(none),
    servicePrincipals: objects(lag),
    appRoleAssignments: objects(none),
  };
}

function none(): Lag {
  return { reads: 0, writes: 0, references: 0 };
}

function objects(lag: () => Lag): Objects {
  const byId = new Map<string, JsonObject>();
  const unseen = new Map<string, Lag>();
  return {
    all: () => [...byId.values()].map((each) => structuredClone(each)),
    find(key, value, by = "reads") {
      const found = [...byId.values()].find((each) => isSame(each[key], value));
      const left = unseen.get(String(found?.id));
      if (left && left[by] > 0) {
        left[by] -= 1;
        return undefined;
      }
      return structuredClone(found);
    },
    add(properties) {
      const made = { id: randomUUID(), ...properties };
      byId.set(made.id, made);
      unseen.set(made.id, { ...lag() });
      return structuredClone(made);
    },
    replace: (id, properties) => void byId.set(id, { ...properties, id }),
    remove: (id) => void byId.delete(id),
  };
}

function isSame(held: Json | undefined, asked: string): boolean {
  return typeof held === "string" && held.toLowerCase() === asked.toLowerCase();
}
