import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { defaultSubscriptions, managedIdentity } from "../company.ts";
import { seedDemoResources } from "../demo-resources.ts";
import { type LocalAzure, startLocalAzure } from "../local-azure.ts";
import { armClients, type ServiceClient, serviceClient } from "./clients.ts";
import { type Counts, countLines, countRequests } from "./counts.ts";
import { copyJournal } from "./journal-copy.ts";
import { type Account, accountTable, labelled, waitingForPeople } from "./report.ts";
import { lostAccount, type Step } from "./scenario.ts";
import { type Played, playStep, type Stage, storageVersion } from "./stage.ts";
import { accountStanding, differences } from "./standings.ts";
import type { Style } from "./style.ts";
import { createTimeline } from "./timeline.ts";
import { until } from "./until.ts";
import { watchService } from "./watch.ts";
import { shortName } from "./words.ts";

/** What a run of the demo is given. */
export interface DemoOptions {
  steps: readonly Step[];
  style: Style;
  write(text: string): void;
  /** Aborted, the demo ends everything that it started and rejects. */
  signal: AbortSignal;
  /** Where the journal's copy goes. */
  journalFile: string;
}

/** Sweeps would find what a missed event leaves behind; here it shall be the events that do. */
const settings = { MODE_DEFAULT: "enforce", MODE_STORAGE_SAS_EXPIRATION: "enforce" };
const seed = 2026;
/** Event Grid may hold an event back for 5 s; a duplicate comes after that, up to 5 s later. */
const settleWithin = 20_000;

/** Runs the demo from the first process to the last line. Gives what differs from what was expected; nothing where all is well. */
export async function runDemo(options: DemoOptions): Promise<string[]> {
  const { style, write } = options;
  const timeline = createTimeline(style, write, Date.now);
  const watch = watchService(
    { subscriptions: defaultSubscriptions, ownObjectId: managedIdentity.objectId },
    style,
    timeline,
  );
  const directory = await mkdtemp(path.join(os.tmpdir(), "encryption-guard-demo-"));
  timeline.say(style.bold("Azure Encryption Guard: the demo"));
  timeline.say(
    "A cruise company bought three lines. Their storage accounts hold guests' documents; people change them for the worse.",
  );
  let azure: LocalAzure | undefined;
  try {
    azure = await startLocalAzure({
      directory,
      settings,
      seed,
      disorder: { duplicates: 0.15 },
      prepare: (arm) => {
        seedDemoResources({ arm });
        arm.resources.delete(lostAccount);
      },
      log: watch.read,
    });
    return await play(options, { azure, style, timeline, watch, signal: options.signal });
  } finally {
    await azure?.close();
    await rm(directory, { recursive: true, force: true });
  }
}

async function play(options: DemoOptions, parts: Omit<Stage, "service" | "armAs">): Promise<string[]> {
  const { azure, timeline, style, watch } = parts;
  const arm = await armClients(azure);
  try {
    const stage: Stage = { ...parts, service: serviceClient(azure), armAs: arm.as };
    timeline.say(
      style.dim(
        `Azure on localhost is up: Resource Manager ${azure.arm.endpoint}, the function app ${azure.functions.url}`,
      ),
    );
    timeline.say("");
    const played: Played[] = [];
    for (const step of options.steps) {
      options.signal.throwIfAborted();
      // In the burst events also overtake each other.
      azure.eventGrid.disorder.reordering = step.accounts.length > 1 ? 0.1 : 0;
      played.push(...(await playStep(stage, step)));
    }
    await settle(azure, stage.service, options.signal);
    const counts: Counts = { ...countsOf(azure, played), ignored: new Map(watch.ignored) };
    const accounts = await Promise.all(played.map((each) => accountOf(stage, each)));
    const journal = await copyJournal(azure.azurite.connectionString, options.journalFile);

    timeline.say("");
    for (const line of accountTable(accounts, style)) options.write(`${line}\n`);
    const waiting = waitingForPeople(accounts, style);
    if (waiting.length > 0) options.write(`\n${style.bold("What waits for a person")}\n\n${waiting.join("\n")}\n`);
    options.write("\n");
    const told = [
      ...countLines(counts),
      [
        "Journal",
        `${journal.lines} entries; ${journal.intents} writes, each announced before it was made, ${journal.open} without an outcome`,
      ],
      ["", `container ${journal.url}, in memory: it is gone with this demo`],
      ["", `copy to look at: ${journal.file}`],
    ];
    for (const [name = "", text = ""] of told)
      for (const line of labelled(name, text, style, 24)) options.write(`${line}\n`);
    return [
      ...played.flatMap(({ step, id }, index) => {
        const standing = accounts[index]?.standing;
        return standing ? differences(watch.nameOf(id).resource, step.expected, standing) : [];
      }),
      ...(journal.open === 0 ? [] : [`The journal has ${journal.open} intents without an outcome`]),
      ...watch.troubles.map((trouble) => `The function app logged an error: ${trouble}`),
    ];
  } finally {
    arm.close();
  }
}

/** Waits until no event is on its way, and nothing is left in the service's queue. */
async function settle(azure: LocalAzure, service: ServiceClient, signal: AbortSignal): Promise<void> {
  const isQuiet = async (): Promise<boolean> => {
    if (azure.eventGrid.statistics.pending > 0 || azure.functions.statistics.inFlight > 0) return false;
    const { body } = await service.get("health");
    return JSON.stringify(body.queues) === JSON.stringify({ changes: 0, sweeps: 0 });
  };
  await until("every event delivered, and every message handled", isQuiet, { milliseconds: settleWithin, signal });
}

function countsOf(azure: LocalAzure, played: readonly Played[]): Omit<Counts, "ignored"> {
  const { objectId } = azure.managedIdentity;
  const fixed = played.filter(({ step }) => Object.values(step.expected).includes("remediated"));
  return {
    events: { ...azure.eventGrid.statistics },
    service: countRequests(azure.arm.requests, (caller) => caller === objectId),
    people: countRequests(azure.arm.requests, (caller) => caller !== objectId),
    fixes: {
      oneByOne: fixed.filter(({ step }) => step.accounts.length === 1).map(({ milliseconds }) => milliseconds),
      burst: fixed.filter(({ step }) => step.accounts.length > 1).map(({ milliseconds }) => milliseconds),
    },
  };
}

async function accountOf(stage: Stage, { step, id, before }: Played): Promise<Account> {
  const standing = await accountStanding(stage.service, id);
  const after = await stage.armAs(step.by).send("GET", id, storageVersion);
  return { ...stage.watch.nameOf(id), origin: originOf(step), before, after: after.body, standing };
}

function originOf({ by, request }: Step): string {
  return request && request.below === undefined ? `by ${shortName(by)}` : "as taken over";
}
