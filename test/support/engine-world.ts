import { afterEach, beforeAll, expect } from "vitest";
import type { Mode, RegisteredBaseline } from "../../shared/baselines/baseline.ts";
import { reconcile } from "../../shared/engine/reconcile.ts";
import type { Answer, Look, LookResult, World } from "../../shared/engine/world.ts";
import { type Cause, changeMessageSchema } from "../../shared/events/cause.ts";
import type { JournalEntry } from "../../shared/journal/journal.ts";
import { type Policies, settingsPolicies } from "../../shared/policy/resource-policy.ts";
import type { Settings } from "../../shared/policy/settings.ts";
import type { Exemptions } from "../../shared/state/stores.ts";
import { type ManualClock, manualClock } from "./clock.ts";
import { type MemoryAzure, memoryAzure } from "./memory-azure.ts";
import { type MemoryJournal, type MemoryRemediations, memoryJournal, memoryRemediations } from "./memory-journal.ts";
import { type MemoryLog, memoryLog } from "./memory-log.ts";
import { type MemoryOutbox, memoryOutbox } from "./memory-outbox.ts";
import {
  type MemoryStates,
  memoryBursts,
  memoryControl,
  memoryExemptions,
  memoryLeases,
  memoryOperationCounts,
  memoryStates,
  memoryWaits,
  memoryWriteBudget,
} from "./memory-stores.ts";
import { bound, canary, encryption, resourceId, subscriptionId, thingId, thingType } from "./things.ts";

export const ownObjectId = "99999999-9999-4999-8999-999999999999";
export const engineer = "22222222-2222-4222-8222-222222222222";
const leaseSeconds = 90;

/** What a test may choose about its world. */
export interface Choices {
  baselines?: [RegisteredBaseline, Mode][];
  settings?: Partial<Settings>;
  policies?: Policies;
  azure?: MemoryAzure;
  /** How long events wait for each other; by default not at all, so that a test may raise one after the other. */
  burstSeconds?: number;
}

/** The engine with everything outside of it in memory. */
export interface EngineWorld {
  world: World;
  clock: ManualClock;
  azure: MemoryAzure;
  states: MemoryStates;
  journal: MemoryJournal;
  remediations: MemoryRemediations;
  /** What people granted. */
  exemptions: Exemptions;
  log: MemoryLog;
  changes: MemoryOutbox;
  /** What re-check operations were told. */
  told: { operationId: string; resourceId: string; result: LookResult }[];
  /** Looks at a thing, by default because of a new event about a write by an engineer. */
  look(cause?: Partial<Cause>, more?: Partial<Look>): Promise<Answer>;
  /** Like {@link look}, and gives what was found; fails where nothing was looked at. */
  settle(cause?: Partial<Cause>, more?: Partial<Look>): Promise<LookResult>;
  /** Lets time pass, and reconciles what is due on the queue. */
  later(seconds: number): Promise<Answer[]>;
  entries<Kind extends JournalEntry["kind"]>(kind: Kind): Extract<JournalEntry, { kind: Kind }>[];
}

const worlds: EngineWorld[] = [];

/** A world in which every baseline is enforced, unless the choices say otherwise. */
export function engineWorld(choices: Choices = {}): EngineWorld {
  const clock = manualClock();
  const { now } = clock;
  const azure = choices.azure ?? memoryAzure(thingType);
  const states = memoryStates();
  const journal = memoryJournal();
  const remediations = memoryRemediations();
  const exemptions = memoryExemptions();
  const log = memoryLog();
  const changes = memoryOutbox(now);
  const told: EngineWorld["told"] = [];
  const budget = memoryWriteBudget(now);
  let ids = 0;
  const settings = testSettings(choices);
  const world: World = {
    now,
    uuid: () => {
      ids += 1;
      return `${String(ids).padStart(8, "0")}-0000-4000-8000-000000000000`;
    },
    random: () => 0.5,
    settings,
    policies: choices.policies ?? settingsPolicies(settings.baselines),
    resourceTypes: [azure.type],
    ownObjectId: async () => ownObjectId,
    leases: memoryLeases(leaseSeconds, now),
    states,
    bursts: memoryBursts(now),
    burstSeconds: choices.burstSeconds ?? 0,
    waits: memoryWaits(),
    budget,
    pace: budget,
    waitUntil: async (time) => clock.advance(Math.max(0, (time.getTime() - now().getTime()) / 1000)),
    exemptions: { current: () => exemptions.all() },
    control: memoryControl(now),
    operationCounts: memoryOperationCounts(now),
    journal,
    remediations,
    changes,
    tellOperation: async (operationId, id, result) => void told.push({ operationId, resourceId: id, result }),
    summariseBeforeFirstWrite: async () => undefined,
    log,
  };
  let events = 0;
  const engine: EngineWorld = {
    world,
    clock,
    azure,
    states,
    journal,
    remediations,
    exemptions,
    log,
    changes,
    told,
    look(cause = {}, more = {}) {
      events += 1;
      const event: Cause = {
        via: "event",
        eventId: `event-${events}`,
        operation: `${thingType}/write`,
        changedBy: engineer,
        changedAt: now().toISOString(),
        correlationId: `correlation-${events}`,
        ...cause,
      };
      return reconcile(world, azure.type, { id: thingId(), cause: event, attempt: 0, dryRun: false, ...more });
    },
    async settle(cause, more) {
      const answer = await engine.look(cause, more);
      if (answer.kind !== "settled") throw new Error(`Nothing was looked at: ${JSON.stringify(answer)}`);
      return answer.result;
    },
    async later(seconds) {
      clock.advance(seconds);
      const answers: Answer[] = [];
      for (const message of changes.takeDue()) {
        const { resourceId: text, leftIn, ...rest } = changeMessageSchema.parse(JSON.parse(message));
        const left = leftIn === undefined ? {} : { leftIn: resourceId(leftIn) };
        answers.push(await reconcile(world, azure.type, { id: resourceId(text), mayWait: true, ...rest, ...left }));
      }
      return answers;
    },
    entries: (kind) =>
      journal.entries.filter((entry): entry is Extract<JournalEntry, { kind: typeof kind }> => entry.kind === kind),
  };
  worlds.push(engine);
  return engine;
}

export function testSettings({ baselines = [[encryption, "enforce"]], settings = {} }: Choices): Settings {
  return {
    scopes: [{ subscriptionId }],
    scopesReadSeconds: 300,
    cloud: { endpoint: "https://management.example", audience: "https://management.example/" },
    storageApiVersion: "2025-06-01",
    sqlApiVersion: "2021-11-01",
    networkApiVersion: "2024-05-01",
    baselines: baselines.map(([baseline, mode]) => ({ baseline: bound(baseline), mode })),
    writesPerHour: 100,
    writesPerHourInTotal: 1000,
    writesStopped: false,
    undoExemptHours: 24,
    approvalDays: 7,
    deployerTeams: new Map(),
    exemptionTag: "",
    exemptionMostDays: 90,
    undoEncryptionAtRest: false,
    journalRetentionDays: 0,
    policyFile: { kind: "default" },
    policyReadSeconds: 60,
    policyTrustedMinutes: 10,
    breakerFixes: 3,
    breakerWindowMinutes: 60,
    leaseSeconds,
    requestTimeoutSeconds: 20,
    identityClientId: undefined,
    notificationTopic: "",
    notificationWindowSeconds: 60,
    ...settings,
  };
}

/** Holds the history of every world of a test file's tests against what must be true of all of them. */
export function afterEachSoundHistory(): void {
  // Test files share this module: another file's worlds are not this file's to answer for.
  beforeAll(() => void worlds.splice(0));
  afterEach(() => {
    for (const engine of worlds.splice(0)) expectSoundHistory(engine);
  });
}

function expectSoundHistory({ azure, journal, states, remediations, log, entries }: EngineWorld): void {
  const intents = entries("intent");
  const ended = entries("intent-outcome").map(({ intentId }) => intentId);
  const open = [...states.all().values()].flatMap(({ remediation }) => remediation?.intents ?? []);
  const openIds = open.map(({ intentId }) => intentId);

  const writtenFor = azure.writes.map(({ correlationId }) => correlationId);
  expect(new Set(writtenFor).size, "each write has an intent of its own").toBe(writtenFor.length);
  expect(intents.map(({ correlationId }) => correlationId)).toEqual(expect.arrayContaining(writtenFor));
  expect(new Set(ended).size, "no intent has two outcomes").toBe(ended.length);
  // An intent that the journal did not take may have been noted, and ended, all the same.
  expect([...ended, ...openIds], "each intent has an outcome, or is open").toEqual(
    expect.arrayContaining(intents.map(({ intentId }) => intentId)),
  );

  const kept = { entries: journal.entries, states: [...states.all()], index: remediations.all(), lines: log.lines };
  expect(JSON.stringify(kept), "nothing that no baseline owns is kept").not.toContain(canary);
}
