import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { type Counts, emptyCounts, toldBroken, toldCounts } from "../../test/chaos/counts.ts";
import { type Found, findSabotage, toldSabotages } from "../../test/chaos/sabotage/find.ts";
import { sabotages } from "../../test/chaos/sabotage/sabotages.ts";
import { fullExtent, openWorlds, trySeed } from "../../test/chaos/seed.ts";
import { type SoakLook, soak } from "../../test/chaos/soak.ts";
import { reportAsJob, trySeedsInJobs } from "./jobs.ts";

const usage = `Usage: npm run test:chaos -- [options]

  --seeds N     how many seeds to try; 200 try every fault at every request  (3)
  --from S      the first of them                                            (1)
  --sabotage   switches the engine's rules off one by one, and tries so many seeds until each is found; names after it: these alone
  --jobs J     in so many processes at once; one more than there are processors, at most four, where left out
  --soak M      sets resources back at random for M minutes, instead of all that
  --package D   another built package than dist/package
  --help        this text`;

const seedsOfAWorld = 10;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: "string", default: "3" },
    from: { type: "string", default: "1" },
    jobs: { type: "string", default: String(Math.min(4, availableParallelism() + 1)) },
    soak: { type: "string" },
    sabotage: { type: "boolean", default: false },
    package: { type: "string" },
    help: { type: "boolean", default: false },
  },
});

const from = wholeNumber("--from", values.from);
if (values.help) console.log(usage);
else if (values.sabotage) process.exitCode = await findSabotages(from, positionals);
else if (values.soak !== undefined) process.exitCode = await soakFor(from, wholeNumber("--soak", values.soak));
else process.exitCode = await trySeeds(from, wholeNumber("--seeds", values.seeds));
// Timers of the local Azure's clock, hours away, would keep the process.
process.exit();

async function trySeeds(first: number, seeds: number): Promise<number> {
  const jobs = Math.min(wholeNumber("--jobs", values.jobs), seeds);
  const job = { first, seeds, packageDirectory: values.package };
  const counts = jobs > 1 ? await trySeedsInJobs(job, jobs) : await trySeedsHere(first, seeds);
  if (await reportAsJob(counts)) return 0;
  console.log(toldCounts(counts));
  return counts.broken.length === 0 ? 0 : 1;
}

async function trySeedsHere(first: number, seeds: number): Promise<Counts> {
  const counts = emptyCounts();
  const worlds = openWorlds(values.package);
  try {
    for (let seed = first; seed < first + seeds; seed += 1) {
      const begin = performance.now();
      await trySeed(worlds, seed, fullExtent, counts);
      const seconds = Math.round((performance.now() - begin) / 1000);
      const broken = counts.broken.filter((each) => each.seed === seed);
      console.log([`seed ${seed}: ${seconds} s, ${broken.length} violated`, ...broken.map(toldBroken)].join("\n"));
      // What a world holds grows with each seed: its journal, and what it remembers of resources that are gone.
      if ((seed - first + 1) % seedsOfAWorld === 0) await worlds.renew();
    }
  } finally {
    await worlds.close();
  }
  return counts;
}

async function findSabotages(first: number, names: readonly string[]): Promise<number> {
  const chosen = sabotages.filter(({ name }) => names.length === 0 || names.includes(name));
  const found: Found[] = [];
  for (const sabotage of chosen) {
    const each = await findSabotage(sabotage, first, wholeNumber("--seeds", values.seeds));
    found.push(each);
    const how = each.broken ? `found in seed ${each.broken.seed}: ${each.broken.invariants.join("; ")}` : "not found";
    console.log(`${sabotage.name}: ${how} (${each.seconds} s)\n${each.broken?.how ?? ""}`);
  }
  console.log(toldSabotages(found));
  return found.length > 0 && found.every(({ broken }) => broken) ? 0 : 1;
}

async function soakFor(seed: number, minutes: number): Promise<number> {
  const worlds = openWorlds(values.package);
  let violated = 0;
  try {
    await soak(await worlds.many(), minutes, seed, (look) => {
      violated += look.violations.length;
      console.log(toldLook(look));
    });
  } finally {
    await worlds.close();
  }
  return violated === 0 ? 0 : 1;
}

function wholeNumber(option: string, text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  console.error(`${option} is ${JSON.stringify(text)}; allowed is a whole number from 1\n\n${usage}`);
  process.exit(2);
}

function toldLook({ minutes, setBack, writes, faults, residentMegabytes, rows, violations }: SoakLook): string {
  const tables = Object.entries(rows).map(([name, count]) => `${name} ${count}`);
  return [
    `${minutes.toFixed(1)} min: set back ${setBack}, writes ${writes}, faults ${faults}, ${residentMegabytes} MB, rows ${tables.join(", ")}`,
    ...violations.map(({ invariant, how }) => `  ${invariant}: ${how}`),
  ].join("\n");
}
