import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { defaultPeople } from "../../emulator/company.ts";
import type { BareWork } from "./bare-work.ts";
import type { Figure } from "./figures.ts";
import { processorMilliseconds } from "./processor-time.ts";
import { onStage, type Stage, until } from "./stage.ts";

const run = promisify(execFile);
const bareClient = path.join(import.meta.dirname, "bare-client.ts");
const weakTls = { minimumTlsVersion: "TLS1_0" };
/** As many messages as the host gives the service at the same time: batchSize and newBatchThreshold of host.json. */
const atOnce = 12;
/** So many that Azure's limits, which hold for each and which the service keeps to, are not what is measured. */
const subscriptions = Array.from({ length: 12 }, (_, index) => ({
  subscriptionId: `a0000000-0000-4000-8000-${String(index + 1).padStart(12, "0")}`,
  displayName: "Bench",
}));

/** Events of compliant and of violating accounts through the whole pipeline, beside the same requests by the bare SDK client. */
export function measureThroughput(events: number): Promise<Figure[]> {
  return onStage(
    async (stage) => {
      // Connections, modules and the summary before the first write are there before anything is timed.
      await pipeline(stage, named("warm", 32), weakTls);
      const judged = await pipeline(stage, named("judged", events), {});
      const before = processorTimes(stage);
      const fixed = await pipeline(stage, named("fixed", events), weakTls);
      const shares = sharesOf(before, processorTimes(stage), events);
      const read = await bare(stage, named("read", events), { writes: false, atOnce });
      const written = await bare(stage, named("written", events), { writes: true, atOnce });
      const oneByOne = await bare(stage, named("onebyone", events), { writes: true, atOnce: 1 });
      const storage = stage.azure.azurite.connectionString;
      const kept = await bare(stage, named("kept", events), { writes: true, atOnce, storage });
      return [
        rate("events judged, through the pipeline", judged),
        rate(`the same reads, bare client, ${atOnce} at once`, read),
        ratio("judged / bare", judged / read),
        rate("fixes made, through the pipeline", fixed),
        rate(`the same reads and writes, bare client, ${atOnce} at once`, written),
        { ...ratio("fixed / bare", fixed / written), bound: { kind: "least", value: 0.5 } },
        rate("the same reads and writes, bare client, one by one", oneByOne),
        { ...ratio("fixed / bare one by one", fixed / oneByOne), bound: { kind: "least", value: 0.5 } },
        rate(`the same, bare clients that also keep what the rules ask for, ${atOnce} at once`, kept),
        ratio("fixed / bare that keeps it", fixed / kept),
        ...shares,
      ];
    },
    { subscriptions },
  );
}

/** Gives events each second, from the first event until the last one is judged. */
async function pipeline(stage: Stage, names: readonly string[], properties: Record<string, string>): Promise<number> {
  const ids = names.map((name, index) =>
    stage.account(name, properties, subscriptions[index % subscriptions.length]?.subscriptionId),
  );
  const before = ends(stage);
  const begin = performance.now();
  for (const id of ids) stage.changed(id);
  await until(() => ends(stage) - before >= ids.length, `${ids.length} events to be judged`, 600);
  const took = performance.now() - begin;
  await stage.quiet();
  return (ids.length / took) * 1000;
}

function ends(stage: Stage): number {
  return stage.judged("compliant", "remediated");
}

/** Processor time of everybody who takes part in the pipeline, in milliseconds. */
function processorTimes({ azure }: Stage): { [who: string]: number | undefined } {
  const { processId } = azure.functions.worker;
  return {
    "the service": processId === undefined ? undefined : processorMilliseconds(processId),
    "its storage (Azurite)": processorMilliseconds(azure.azurite.processId),
    "local Azure and this measurement": processorMilliseconds(process.pid),
  };
}

function sharesOf(
  before: ReturnType<typeof processorTimes>,
  after: ReturnType<typeof processorTimes>,
  fixes: number,
): Figure[] {
  return Object.entries(after).flatMap(([who, end]) => {
    const begin = before[who];
    if (begin === undefined || end === undefined) return [];
    const value = (end - begin) / fixes;
    return [{ part: "throughput", name: `processor time for each fix, ${who}`, value, unit: "ms" }];
  });
}

async function bare(
  stage: Stage,
  names: readonly string[],
  how: Pick<BareWork, "writes" | "atOnce" | "storage">,
): Promise<number> {
  const { azure } = stage;
  const [person] = defaultPeople;
  if (!person) throw new Error("Nobody is there to make requests.");
  for (const name of names) stage.account(name, weakTls);
  const work: BareWork = {
    endpoint: azure.arm.endpoint,
    token: await azure.identity.tokenFor(person),
    subscriptionId: stage.subscriptionIds[0] ?? "",
    group: stage.group,
    names: [...names],
    ...how,
  };
  // The events of its writes would keep the service busy at the same time.
  const took = await stage.withoutEvents(async () => {
    const { stdout } = await run(process.execPath, [bareClient, JSON.stringify(work)], {
      env: { PATH: process.env.PATH ?? "", NODE_EXTRA_CA_CERTS: azure.certificateFile },
    });
    return Number(stdout);
  });
  return (names.length / took) * 1000;
}

function named(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index}`);
}

function rate(name: string, value: number): Figure {
  return { part: "throughput", name, value, unit: "a second" };
}

function ratio(name: string, value: number): Figure {
  return { part: "throughput", name, value, unit: "times" };
}
