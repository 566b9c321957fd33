import { mkdir, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { measureBurst } from "./burst.ts";
import { measureColdStart } from "./cold-start.ts";
import { type Figure, failures, tableOf } from "./figures.ts";
import { measureMemory } from "./memory.ts";
import { measureRequests } from "./requests.ts";
import { measureSweep } from "./sweep.ts";
import { measureThroughput } from "./throughput.ts";

const isQuick = process.argv.includes("--quick");
/** `--only burst`, for work on one of them. */
const only = process.argv.includes("--only") ? process.argv[process.argv.indexOf("--only") + 1] : undefined;
const file = path.join(import.meta.dirname, "..", "..", ".local-azure", "bench.json");
const machine = { cores: os.availableParallelism(), node: process.version, platform: `${os.platform()} ${os.arch()}` };

const parts: { [part: string]: () => Promise<Figure[]> } = {
  requests: measureRequests,
  "cold-start": () => measureColdStart(isQuick ? 2 : 15),
  throughput: () => measureThroughput(isQuick ? 60 : 1_000),
  burst: () => measureBurst(isQuick ? 90 : 2_000),
  sweep: () => measureSweep(isQuick ? 5_000 : 100_000),
  memory: () => measureMemory(isQuick ? 500 : 10_000),
};
if (only !== undefined && !Object.hasOwn(parts, only)) {
  throw new Error(`There is no part ${JSON.stringify(only)}: ${Object.keys(parts).join(", ")}.`);
}

process.stdout.write(`${machine.cores} cores, Node ${machine.node}, ${machine.platform}\n`);
await mkdir(path.dirname(file), { recursive: true });
const figures: Figure[] = [];
for (const [part, measure] of Object.entries(parts)) {
  if (only !== undefined && part !== only) continue;
  const measured = await measure();
  figures.push(...measured);
  process.stdout.write(`\n${tableOf(measured)}\n`);
  // After each part, so that a long run that is interrupted leaves what it measured.
  await writeFile(file, `${JSON.stringify({ at: new Date().toISOString(), isQuick, machine, figures }, null, 2)}\n`);
}

const failed = failures(figures);
for (const { name, value, unit } of failed) process.stderr.write(`More than it should be: ${name}, ${value} ${unit}\n`);
process.exitCode = failed.length > 0 ? 1 : 0;
