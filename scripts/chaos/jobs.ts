import { fork } from "node:child_process";
import { type Counts, countsSchema, emptyCounts, mergeCounts } from "../../test/chaos/counts.ts";

/** A part of a run, for a process of its own. */
export interface Job {
  first: number;
  seeds: number;
  /** Another built package than that of `npm run build`. */
  packageDirectory: string | undefined;
}

/**
 * Tries seeds in so many processes at once, each with a local Azure of its own, and gives the sum of their counts. Their progress is
 * printed as it comes. Rejects where one of them ends without its counts.
 */
export async function trySeedsInJobs({ first, seeds, packageDirectory }: Job, jobs: number): Promise<Counts> {
  const sum = emptyCounts();
  const begins = Array.from({ length: jobs + 1 }, (_, job) => first + Math.floor((seeds * job) / jobs));
  const running = begins.slice(0, -1).map((begin, job) => {
    const next = begins[job + 1] ?? begin;
    return inProcess({ first: begin, seeds: next - begin, packageDirectory });
  });
  for (const counts of await Promise.all(running)) mergeCounts(sum, counts);
  return sum;
}

/** Gives the counts to the process that started this one as a job; false where none did. */
export async function reportAsJob(counts: Counts): Promise<boolean> {
  if (!process.send) return false;
  await new Promise<void>((resolve, reject) => {
    process.send?.(counts, undefined, undefined, (error) => (error ? reject(error) : resolve()));
  });
  return true;
}

function inProcess({ first, seeds, packageDirectory }: Job): Promise<Counts> {
  const options = ["--from", String(first), "--seeds", String(seeds), "--jobs", "1"];
  if (packageDirectory !== undefined) options.push("--package", packageDirectory);
  const child = fork(new URL("./index.ts", import.meta.url), options, { serialization: "advanced" });
  return new Promise((resolve, reject) => {
    let counts: Counts | undefined;
    child.on("message", (message) => {
      counts = countsSchema.parse(message);
    });
    child.on("error", reject);
    child.on("exit", (code, signal) => {
      if (counts) resolve(counts);
      else reject(new Error(`The seeds from ${first} on ended with ${signal ?? code}, without their counts`));
    });
  });
}
