import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { JsonObject } from "../../emulator/arm/index.ts";

/** One recorded request and its real answer. */
export interface Recorded {
  request: { method: string; url: string; headers: Record<string, string>; body: unknown };
  response: { status: number; headers: Record<string, string>; body: unknown; omittedItems?: number };
}

/** A recording, and what makes the emulator ready for it. */
export interface Scenario {
  recording: string;
  /** What the recorded subscription held before. */
  seeds?: [string, JsonObject][];
}

/** Where recordings and swagger are; tests that need them skip where they are not. */
export const sharedDirectory = process.env.SHARED_DIR ?? "";
export const hasShared = sharedDirectory !== "" && existsSync(join(sharedDirectory, "recordings"));

/** The pairs of one recording, in order. */
export function readRecording(name: string): Recorded[] {
  const parsed: Recorded[] = JSON.parse(readFileSync(join(sharedDirectory, "recordings", `${name}.json`), "utf8"));
  return parsed;
}

/** Every property path of a JSON value with its type, list items as one: what a client may rely on. */
export function shapeOf(value: unknown, path = ""): string[] {
  if (Array.isArray(value)) {
    const items = value.flatMap((item) => shapeOf(item, `${path}[]`));
    return [...new Set([`${path}: list`, ...items])].sort();
  }
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value).flatMap(([name, member]) => shapeOf(member, `${path}.${name}`));
    return [...new Set([`${path}: object`, ...members])].sort();
  }
  return [`${path}: ${value === null ? "null" : typeof value}`];
}
