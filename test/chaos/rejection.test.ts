import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { placeSubject } from "./population.ts";
import { run } from "./run.ts";
import { buildSabotaged } from "./sabotage/build.ts";
import { minimumTls, subjectKinds } from "./subjects.ts";
import { type ChaosWorld, startChaosWorld, writers } from "./world.ts";

/** The first invocation about a change of this writer leaves a promise behind that nobody awaits, and that is rejected. */
const culprit = writers[1];

let directory: string;
let world: ChaosWorld;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "rejection-"));
  const packageDirectory = path.join(directory, "package");
  const text = "    await reconcile(world(log), type, look);";
  const isFirst = `look.cause.changedBy === "${culprit}" && !fs.existsSync(marker)`;
  const reject = 'fs.writeFileSync(marker, ""); throw new Error("nobody awaits this");';
  const by = `const marker = ${JSON.stringify(path.join(directory, "rejected"))};
    void import("node:fs").then((fs) => { if (${isFirst}) { ${reject} } });\n${text}`;
  const changes = [{ file: "shared/doors/handle-change.ts", text, by }];
  await buildSabotaged({ name: "rejection", rule: 0, off: "", changes }, packageDirectory);
  world = await startChaosWorld({ packageDirectory });
});
afterAll(async () => {
  await world?.close();
  await rm(directory, { recursive: true, force: true });
});

test("an unhandled rejection in one invocation costs the others nothing that is not made good", async () => {
  const others = subjectKinds.map((kind) => placeSubject(world, kind));
  const rejecting = placeSubject(world, minimumTls);
  const [instance] = world.azure.instances;

  const { violations } = await run(
    world,
    () => {
      for (const subject of [...others, rejecting]) subject.kind.break(world.azure, subject.id);
      world.announce(rejecting, { writer: culprit });
      for (const subject of others) world.announce(subject);
    },
    { fault: () => undefined, mostInvocations: 200, mostMinutes: 30, disturbances: 1 },
  );

  expect(instance?.worker.restarts).toBe(1);
  expect(violations).toEqual([]);
}, 120_000);
