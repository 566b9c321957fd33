import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { defaultPeople, defaultSubscriptions, managedIdentity } from "../company.ts";
import { demoConnections, seedDemoResources } from "../demo-resources.ts";
import { type LocalAzure, startLocalAzure } from "../local-azure.ts";
import { armClients, serviceClient } from "./clients.ts";
import { introduction, tellFinale } from "./finale.ts";
import { lostAccount, type Step } from "./scenario.ts";
import { type Played, playStep, type Stage } from "./stage.ts";
import type { Style } from "./style.ts";
import { createTimeline } from "./timeline.ts";
import { watchService } from "./watch.ts";

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

/** Of the settings of the function app, those that say what it may do. */
const modes = {
  audit: { MODE_DEFAULT: "audit", MODE_STORAGE_SAS_EXPIRATION: "audit" },
  enforce: { MODE_DEFAULT: "enforce", MODE_STORAGE_SAS_EXPIRATION: "enforce" },
} as const;
const settings = {
  // Its notifications are waited for at the end.
  NOTIFICATION_WINDOW_SECONDS: "0",
  // Nobody watches for the five minutes that a tunnel is given by default.
  PARAMETERS_VPN_IPSEC_POLICY: JSON.stringify({ readyConnections: [demoConnections.fjordDepot], lookBackSeconds: 5 }),
};
/** The same duplicates in each run. */
const seed = 2026;
const duplicates = 0.15;
/** Of the burst's events, so many are held back for up to 5 s, and overtaken. */
const heldBack = 0.1;

/** Runs the demo from the first process to the last line. Gives what differs from what was expected; nothing where all is well. */
export async function runDemo(options: DemoOptions): Promise<string[]> {
  const { style, signal } = options;
  const timeline = createTimeline(style, options.write, Date.now);
  const watch = watchService(
    { subscriptions: defaultSubscriptions, ownObjectId: managedIdentity.objectId },
    style,
    timeline,
  );
  timeline.print(introduction(style, defaultPeople));
  // Its certificate is its own, so that a local Azure that `npm start` runs keeps the one it has.
  const directory = await mkdtemp(path.join(os.tmpdir(), "encryption-guard-demo-"));
  let azure: LocalAzure | undefined;
  try {
    azure = await startLocalAzure({
      directory,
      settings: { ...settings, ...modes[modeOf(options.steps[0])] },
      seed,
      disorder: { duplicates },
      // What heals the accounts shall be the events, not a sweep that happens to start.
      disableTimers: true,
      prepare: (arm) => {
        seedDemoResources({ arm });
        arm.resources.delete(lostAccount);
      },
      log: watch.read,
    });
    signal.throwIfAborted();
    return await play(options, { azure, style, timeline, watch, signal });
  } finally {
    await azure?.close();
    await rm(directory, { recursive: true, force: true });
  }
}

async function play(options: DemoOptions, parts: Omit<Stage, "service" | "armAs">): Promise<string[]> {
  const { azure, timeline, style, signal } = parts;
  const arm = await armClients(azure);
  try {
    const stage: Stage = { ...parts, service: serviceClient(azure), armAs: arm.as };
    timeline.say(style.dim("Azure on localhost is up, and the service runs in it"));
    const played: Played[] = [];
    let mode = modeOf(options.steps[0]);
    for (const step of options.steps) {
      signal.throwIfAborted();
      if (modeOf(step) !== mode) {
        mode = modeOf(step);
        await azure.restartFunctions(modes[mode]);
        timeline.say(style.dim(`The service is started anew, in the mode ${mode}: what it would do was looked at`));
      }
      azure.eventGrid.disorder.reordering = step.resources.length > 1 ? heldBack : 0;
      played.push(...(await playStep(stage, step)));
    }
    return await tellFinale(stage, played, options.journalFile);
  } finally {
    timeline.endProgress();
    arm.close();
  }
}

function modeOf(step: Step | undefined): keyof typeof modes {
  return step?.mode ?? "enforce";
}
