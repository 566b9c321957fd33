import type { Figure } from "./figures.ts";
import { onStage, type Stage, until } from "./stage.ts";
import { memoryAfterCollection } from "./worker-memory.ts";

const waves = 10;
/** Every tenth account falls short, and is fixed. */
const violatingEvery = 10;
const megabyte = 1024 * 1024;

/** What the service's process keeps in memory over many events, each about another account: measured after a forced collection. */
export function measureMemory(events: number): Promise<Figure[]> {
  let inspectorUrl = "";
  return onStage(
    async (stage) => {
      const used: number[] = [];
      const resident: number[] = [];
      for (let wave = 0; wave < waves; wave += 1) {
        await raise(stage, wave, events / waves);
        const memory = await memoryAfterCollection(inspectorUrl);
        used.push(memory.used);
        resident.push(memory.resident);
      }
      return figuresOf(events, used, resident);
    },
    {
      settings: { NODE_OPTIONS: "--inspect=127.0.0.1:0" },
      log({ message }) {
        inspectorUrl = /^Debugger listening on (ws:\S+)$/.exec(message)?.[1] ?? inspectorUrl;
      },
    },
  );
}

function figuresOf(events: number, used: readonly number[], resident: readonly number[]): Figure[] {
  const [early, half, end] = [0, waves / 2 - 1, waves - 1];
  const at = (wave: number) => (events / waves) * (wave + 1);
  const of = (name: string, value: number, unit: string): Figure => ({ part: "memory", name, value, unit });
  const points = [early, half, end].flatMap((wave) => [
    of(`in use after ${at(wave)} events, garbage collected`, (used[wave] ?? 0) / megabyte, "MB"),
    of(`resident after ${at(wave)} events`, (resident[wave] ?? 0) / megabyte, "MB"),
  ]);
  const grown = (used[end] ?? 0) - (used[half] ?? 0);
  return [
    ...points,
    of("in use, grown in the second half", grown / (events - at(half)), "bytes an event"),
    {
      ...of("in use, end / half", (used[end] ?? 0) / (used[half] ?? 0), "times"),
      bound: { kind: "most", value: 1.05 },
    },
  ];
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
