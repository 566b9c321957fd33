import { verifyJournal } from "./journal.ts";
import { placeSubject, removeSubjects } from "./population.ts";
import { type RunResult, run } from "./run.ts";
import { minimumTls } from "./subjects.ts";
import { type ChaosWorld, startChaosWorld } from "./world.ts";

const writesAnHour = 10;
const resources = 14;
const hour = 3_600_000;
/** What the cap holds back is written in the next hour, whose beginning it is spread over. */
const mostMinutes = 100;
const mostInvocationsAResource = 20;

/** More resources fall short at once than may be written to in an hour, for three processes, one of which dies meanwhile. */
export async function tryFlood(packageDirectory?: string): Promise<RunResult> {
  const world = await startChaosWorld({
    instances: 3,
    settings: { WRITES_PER_HOUR: String(writesAnHour) },
    ...(packageDirectory === undefined ? {} : { packageDirectory }),
  });
  try {
    const result = await flood(world);
    // Nowhere else do so many processes append to the same chains at once.
    return { ...result, violations: [...result.violations, ...(await verifyJournal(world))] };
  } finally {
    await world.close();
  }
}

async function flood(world: ChaosWorld): Promise<RunResult> {
  // No hour ends while the first writes are made.
  world.clock.skip(hour - (world.clock.now() % hour) + 1000);
  const subjects = Array.from({ length: resources }, () => placeSubject(world, minimumTls));
  const act = () => {
    for (const subject of subjects) {
      subject.kind.break(world.azure, subject.id);
      world.announce(subject);
    }
  };
  try {
    return await run(world, act, {
      fault({ index }) {
        if (index === resources) world.kill(1);
        return undefined;
      },
      mostInvocations: mostInvocationsAResource * resources,
      mostMinutes,
      mostWritesAnHour: writesAnHour,
      disturbances: 1,
    });
  } finally {
    await removeSubjects(world);
  }
}
