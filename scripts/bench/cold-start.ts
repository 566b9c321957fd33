import { mkdir, mkdtemp, rm } from "node:fs/promises";
import path from "node:path";
import { type Figure, median } from "./figures.ts";
import { timingFirstEvents } from "./first-event.ts";
import { bundled, type Package, packageOfCompiledSources, packageOfSources } from "./packages.ts";
import { timeBareNode, timeToRegistered } from "./registered.ts";

const root = path.resolve(import.meta.dirname, "..", "..");

/** A start of one kind. */
interface Start {
  name: string;
  package: Package;
  /** The folder for temporary files, where the entry of the package keeps Node's compile cache. */
  temporary: string;
  /** Whether that folder is empty at each start, as on a new machine. */
  isNewMachine: boolean;
}

/** Times starts of the app, until its functions are registered and until its first event is judged, beside bare Node and unbundled. */
export async function measureColdStart(runs: number): Promise<Figure[]> {
  await mkdir(path.join(root, ".local-azure"), { recursive: true });
  const temporary = await mkdtemp(path.join(root, ".local-azure", "bench-"));
  try {
    const of = (name: string, its: Package, isNewMachine = false): Start => {
      return { name, package: its, temporary: path.join(temporary, name.replaceAll(/\W/g, "")), isNewMachine };
    };
    const starts = [
      of("bundled app", bundled, true),
      of("bundled app, compile cache filled", bundled),
      of("unbundled app, types stripped", await packageOfSources()),
      of("unbundled app, compiled", await packageOfCompiledSources()),
    ];
    return [...(await registered(starts, runs)), ...(await firstEvent(starts, runs, temporary))];
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function registered(starts: readonly Start[], runs: number): Promise<Figure[]> {
  const [bare = 0, ...times] = await medians([undefined, ...starts], runs, async (start) => {
    return start ? await timeToRegistered(start.package.entry, await temporaryOf(start)) : await timeBareNode();
  });
  const [bundle = 0, , unbundled = 0] = times;
  return [
    milliseconds(`bare Node, median of ${runs}`, bare),
    ...starts.map(({ name }, index) => milliseconds(`${name}, to its functions registered`, times[index] ?? 0)),
    atLeastTwice("unbundled / bundled, to functions registered", unbundled / bundle),
    // Measured in turns, and half of what it may be: a busy machine does not bring it there.
    { ...figure("bundled / bare Node", bundle / bare, "times"), bound: { kind: "most", value: 3 }, required: true },
  ];
}

async function firstEvent(starts: readonly Start[], runs: number, folder: string): Promise<Figure[]> {
  const times = await timingFirstEvents(folder, (time) =>
    medians(starts, runs, async (start) => await time(start.package.directory, await temporaryOf(start))),
  );
  const [bundle = 0, , unbundled = 0] = times;
  return [
    ...starts.map(({ name }, index) => milliseconds(`${name}, to its first event judged`, times[index] ?? 0)),
    atLeastTwice("unbundled / bundled, to the first event judged", unbundled / bundle),
  ];
}

/** In turns, so that whatever else the machine does meets all alike. A first round fills the caches of the disk, and is not counted. */
async function medians<Kind>(
  kinds: readonly Kind[],
  runs: number,
  measure: (kind: Kind) => Promise<number>,
): Promise<number[]> {
  const times = kinds.map((): number[] => []);
  for (let round = 0; round <= runs; round += 1) {
    for (const [index, kind] of kinds.entries()) {
      const took = await measure(kind);
      if (round > 0) times[index]?.push(took);
    }
  }
  return times.map(median);
}

async function temporaryOf({ temporary, isNewMachine }: Start): Promise<string> {
  if (isNewMachine) await rm(temporary, { recursive: true, force: true });
  await mkdir(temporary, { recursive: true });
  return temporary;
}

function milliseconds(name: string, value: number): Figure {
  return figure(name, value, "ms");
}

function atLeastTwice(name: string, value: number): Figure {
  return { ...figure(name, value, "times"), bound: { kind: "least", value: 2 } };
}

function figure(name: string, value: number, unit: string): Figure {
  return { part: "cold start", name, value, unit };
}
