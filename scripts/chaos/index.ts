import { parseArgs } from "node:util";
import { emptyCounts, toldCounts } from "../../test/chaos/counts.ts";
import { fullExtent, openWorlds, trySeed } from "../../test/chaos/seed.ts";

const usage = `Usage: npm run test:chaos -- [options]

  --seeds N     how many seeds to try; 200 try every fault at every request  (3)
  --from S      the first of them                                            (1)
  --package D   another built package than dist/package
  --help        this text`;

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "3" },
    from: { type: "string", default: "1" },
    package: { type: "string" },
    help: { type: "boolean", default: false },
  },
});

if (values.help) console.log(usage);
else process.exitCode = await trySeeds(wholeNumber("--from", values.from), wholeNumber("--seeds", values.seeds));
// Timers of the local Azure's clock, hours away, would keep the process.
process.exit();

async function trySeeds(from: number, seeds: number): Promise<number> {
  const counts = emptyCounts();
  const worlds = openWorlds(values.package);
  try {
    for (let seed = from; seed < from + seeds; seed += 1) {
      const begin = performance.now();
      await trySeed(worlds, seed, fullExtent, counts);
      const seconds = Math.round((performance.now() - begin) / 1000);
      console.log(`seed ${seed}: ${seconds} s, ${counts.broken.filter((each) => each.seed === seed).length} violated`);
    }
  } finally {
    await worlds.close();
  }
  console.log(toldCounts(counts));
  return counts.broken.length === 0 ? 0 : 1;
}

function wholeNumber(option: string, text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  console.error(`${option} is ${JSON.stringify(text)}; allowed is a whole number from 1\n\n${usage}`);
  process.exit(2);
}
