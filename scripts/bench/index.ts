import { mkdir, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { measureColdStart } from "./cold-start.ts";
import { type Figure, failures, tableOf } from "./figures.ts";
import { measureRequests } from "./requests.ts";

const isQuick = process.argv.includes("--quick");
const file = path.join(import.meta.dirname, "..", "..", ".local-azure", "bench.json");

const parts: readonly (() => Promise<Figure[]>)[] = [measureRequests, () => measureColdStart(isQuick ? 5 : 15)];

const figures: Figure[] = [];
for (const measure of parts) figures.push(...(await measure()));

const machine = { cores: os.availableParallelism(), node: process.version, platform: `${os.platform()} ${os.arch()}` };
await mkdir(path.dirname(file), { recursive: true });
await writeFile(file, `${JSON.stringify({ at: new Date().toISOString(), isQuick, machine, figures }, null, 2)}\n`);
process.stdout.write(`${tableOf(figures)}\n\n${machine.cores} cores, Node ${machine.node}, ${machine.platform}\n`);

const failed = failures(figures);
for (const { name, value, unit } of failed) process.stderr.write(`More than it should be: ${name}, ${value} ${unit}\n`);
process.exitCode = failed.length > 0 ? 1 : 0;
