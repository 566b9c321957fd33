import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { emptyCounts } from "../counts.ts";
import { fullExtent, openWorlds, trySeed } from "../seed.ts";
import { buildSabotaged } from "./build.ts";
import type { Sabotage } from "./sabotages.ts";

/** How the suite found that a rule is switched off. */
export interface Found {
  sabotage: Sabotage;
  /** The promises that were broken, and in which seed; nothing where it was not found. */
  broken: { seed: number; invariants: string[]; how: string } | undefined;
  seconds: number;
}

/**
 * Builds the package with a rule switched off, and tries seeds until a promise is broken.
 * @param seeds so many, from the first on.
 */
export async function findSabotage(sabotage: Sabotage, first: number, seeds: number): Promise<Found> {
  const begin = performance.now();
  const directory = await mkdtemp(path.join(tmpdir(), "sabotage-"));
  const packageDirectory = path.join(directory, "package");
  await buildSabotaged(sabotage, packageDirectory);
  const worlds = openWorlds(packageDirectory);
  try {
    for (let seed = first; seed < first + seeds; seed += 1) {
      const counts = emptyCounts();
      await trySeed(worlds, seed, { ...fullExtent, longestShrinking: 0, untilBroken: true }, counts);
      const invariants = counts.broken.flatMap(({ violations }) => violations.map(({ invariant }) => invariant));
      if (invariants.length === 0) continue;
      const how = counts.broken.map(({ what, violations }) => `${what}\n${violations[0]?.how}`).join("\n");
      return { sabotage, broken: { seed, invariants: [...new Set(invariants)], how }, seconds: secondsSince(begin) };
    }
    return { sabotage, broken: undefined, seconds: secondsSince(begin) };
  } finally {
    await worlds.close();
    await rm(directory, { recursive: true, force: true });
  }
}

/** The table of docs/reliability.md. */
export function toldSabotages(found: readonly Found[]): string {
  const rows = found.map(({ sabotage: { name, rule, off }, broken }) => {
    const by = broken ? broken.invariants.join("; ") : "not found";
    return `| ${rule === 0 ? "" : rule} | ${off} (\`${name}\`) | ${by} | ${broken?.seed ?? ""} |`;
  });
  return ["| Rule | Switched off | Found by | Seed |", "| --- | --- | --- | --- |", ...rows].join("\n");
}

function secondsSince(begin: number): number {
  return Math.round((performance.now() - begin) / 1000);
}
