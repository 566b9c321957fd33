import { readFile } from "node:fs/promises";
import type { Figure } from "./figures.ts";
import { onStage, type Stage, until } from "./stage.ts";

const waves = 10;
/** Every tenth account falls short, and is fixed. */
const violatingEvery = 10;
/** Before so many events the heap is still growing to its working size, and tells nothing of a leak. */
const eventsThatTell = 10_000;

/** Resident memory of the service's process over many events, each about another account. */
export function measureMemory(events: number): Promise<Figure[]> {
  return onStage(async (stage) => {
    const megabytes: number[] = [];
    for (let wave = 0; wave < waves; wave += 1) {
      await raise(stage, wave, events / waves);
      megabytes.push(await residentMegabytes(stage));
    }
    const [early = 0, half = 0, end = 0] = [0, waves / 2 - 1, waves - 1].map((index) => megabytes[index]);
    const of = (name: string, value: number, unit: string): Figure => ({ part: "memory", name, value, unit });
    return [
      of(`resident after ${events / waves} events`, early, "MB"),
      of(`resident after ${events / 2} events`, half, "MB"),
      of(`resident after ${events} events`, end, "MB"),
      {
        ...of("end / half", end / half, "times"),
        ...(events < eventsThatTell ? {} : { bound: { kind: "most", value: 1.1 } }),
      },
    ];
  });
}

async function raise(stage: Stage, wave: number, count: number): Promise<void> {
  const before = stage.judged("compliant", "remediated");
  for (let index = 0; index < count; index += 1) {
    const properties = index % violatingEvery === 0 ? { minimumTlsVersion: "TLS1_0" } : {};
    stage.changed(stage.account(`memory${wave}x${index}`, properties));
  }
  const judged = () => stage.judged("compliant", "remediated") - before;
  await until(() => judged() >= count, `${count} events to be judged`, 600);
  await stage.quiet();
}

/** By the kernel's own account, so Linux only. */
async function residentMegabytes({ azure }: Stage): Promise<number> {
  const status = await readFile(`/proc/${azure.functions.worker.processId}/status`, "utf8");
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  if (kilobytes === undefined) throw new Error("The service's process does not tell its memory.");
  return Number(kilobytes) / 1024;
}
