import { randomUUID } from "node:crypto";
import type { TokenCredential } from "@azure/core-auth";
import type { ContainerClient } from "@azure/storage-blob";
import type { World } from "../engine/world.ts";
import { type DeadLetters, deadLetterBlobs } from "../events/dead-letters.ts";
import { type KeptQueue, type Outbox, openQueue } from "../events/queue.ts";
import type { AppendBlobs } from "../journal/append-blobs.ts";
import { chainedJournal } from "../journal/chained-journal.ts";
import type { Journal } from "../journal/journal.ts";
import { type Remediations, tableRemediations } from "../journal/remediations.ts";
import type { Log } from "../log.ts";
import { blobOutbox } from "../notifications/blob-outbox.ts";
import { eventGridTopic } from "../notifications/event-grid-topic.ts";
import type { NotifyWorld, OutboxStore } from "../notifications/notify.ts";
import { tokenScope } from "../policy/clouds.ts";
import { type KeptScopes, keptScopes } from "../policy/kept-scopes.ts";
import { scopeOf } from "../policy/scopes.ts";
import { readSettings, type SettingProblem, type Settings } from "../policy/settings.ts";
import { loadClientFor, resourceTypes } from "../resources/index.ts";
import type { ResourceType } from "../resources/resource-type.ts";
import { type CurrentExemptions, currentExemptions } from "../state/current-exemptions.ts";
import { type AgeingTables, type RemovedRows, removeOldRows } from "../state/old-rows.ts";
import type { Control } from "../state/stores.ts";
import { openTable, type Table } from "../state/table.ts";
import { tableBursts } from "../state/table-bursts.ts";
import { tableControl } from "../state/table-control.ts";
import { tableExemptions } from "../state/table-exemptions.ts";
import { tableLeases } from "../state/table-leases.ts";
import { tableOperationCounts } from "../state/table-operation-counts.ts";
import { type KnownState, statesBelow, tableStates } from "../state/table-states.ts";
import { tableWaits } from "../state/table-waits.ts";
import { tableWriteBudget } from "../state/table-write-budget.ts";
import { connectionsIn } from "../sweep/connections.ts";
import { subscriptionsInGroup } from "../sweep/group-subscriptions.ts";
import { type Operations, tableOperations } from "../sweep/operations.ts";
import { groupsOfSubscription, resourceGraph } from "../sweep/resource-graph.ts";
import { summariseOnce } from "../sweep/summary.ts";
import type { SweepWorld } from "../sweep/sweep.ts";
import { objectIdOf, serviceCredential } from "./identity.ts";
import { journalStorage } from "./journal-storage.ts";
import { openPolicy, type ServicePolicy } from "./policy.ts";
import { storageClients } from "./storage-clients.ts";
import { type FormatKeeper, formatKeeper } from "./stored-format.ts";

/** What is there whatever the settings say: enough to keep events, and to tell what is wrong. */
export interface Storage {
  format: FormatKeeper;
  control: Control;
  journal: Journal;
  journalBlobs: AppendBlobs;
  remediations: Remediations;
  exemptions: CurrentExemptions;
  /** See {@link statesBelow}. */
  statesBelow(id: string): AsyncIterable<KnownState>;
  operations: Operations;
  changes: Outbox;
  poison: KeptQueue;
  /** Where Event Grid writes events, unless it brings them to the function. */
  events: Outbox;
  eventsPoison: KeptQueue;
  sweepsPoison: KeptQueue;
  sweeps: Outbox;
  unreadable: KeptQueue;
  deadLetters: DeadLetters;
  /** See {@link removeOldRows}. */
  removeOldRows(journalRetentionDays: number, until: Date): Promise<RemovedRows>;
  notificationOutbox: OutboxStore;
}

/** The whole service, with settings that are in order. */
export interface Service {
  settings: Settings;
  resourceTypes: readonly ResourceType[];
  policy: ServicePolicy;
  scopes: KeptScopes;
  /** The engine's world for one invocation, logging through it. */
  world(log: Log): World;
  sweepWorld(log: Log): SweepWorld;
  /** Nothing where nobody is to be notified. */
  notifyWorld(log: Log): NotifyWorld | undefined;
  /**
   * Loads what a look at a resource of this type needs, and signs in, once. What fails here fails again where it is needed, and is told there:
   * it never rejects.
   */
  prepareFor(type: string): Promise<void>;
}

/** The service, or what is wrong with its settings. */
export type ServiceResult = { ok: true; service: Service } | { ok: false; problems: SettingProblem[] };

/** Longer than Azure's services take to tell of what was done at once, and short beside the seconds that a fix takes. */
const burstSeconds = 2;

/** The storage with what makes further parts of it. */
interface OpenStorage extends Storage {
  table(name: string): Table;
  container(name: string): ContainerClient;
}

let storageOfProcess: OpenStorage | undefined;
let serviceOfProcess: ServiceResult | undefined;

/** Opened at first use: on some plans the environment is put in place only after the process started. */
export function storage(): Storage {
  storageOfProcess ??= openStorage(process.env);
  return storageOfProcess;
}

/** Read at first use; a wrong setting stays until the app is restarted, as a changed app setting does. */
export function service(): ServiceResult {
  serviceOfProcess ??= openService(process.env);
  return serviceOfProcess;
}

function openStorage(environment: NodeJS.ProcessEnv): OpenStorage {
  let credential: TokenCredential | undefined;
  const storageCredential = () => {
    credential ??= serviceCredential(environment, environment.AzureWebJobsStorage__clientId);
    return credential;
  };
  const clients = storageClients(environment, storageCredential);
  const now = () => new Date();
  const table = (name: string) => openTable(clients.table, name);
  const journalBlobs = journalStorage(environment, storageCredential);
  return {
    table,
    container: (name) => clients.containerForReading(name),
    format: formatKeeper(journalBlobs, table("control"), now),
    control: tableControl(table("control"), randomUUID().slice(0, 8), now),
    journalBlobs,
    journal: chainedJournal(journalBlobs),
    remediations: tableRemediations(table("remediations")),
    exemptions: currentExemptions(tableExemptions(table("exemptions")), now),
    statesBelow: (id) => statesBelow(table("resources"), id),
    operations: tableOperations(table("operations"), now),
    changes: openQueue(clients.queue, "changes"),
    poison: openQueue(clients.queue, "changes-poison"),
    events: openQueue(clients.queue, "events"),
    eventsPoison: openQueue(clients.queue, "events-poison"),
    sweepsPoison: openQueue(clients.queue, "sweeps-poison"),
    sweeps: openQueue(clients.queue, "sweeps"),
    unreadable: openQueue(clients.queue, "unreadable"),
    removeOldRows: (days, until) => removeOldRows(ageingTables(table), days, now, until),
    deadLetters: deadLetterBlobs(clients.containerForReading(environment.DEAD_LETTER_CONTAINER || "dead-letters")),
    notificationOutbox: blobOutbox(clients.containerForReading("notifications")),
  };
}

function ageingTables(table: (name: string) => Table): AgeingTables {
  return {
    operations: table("operations"),
    counts: table("counts"),
    writes: table("writes"),
    control: table("control"),
    leases: table("leases"),
    resources: table("resources"),
    remediations: table("remediations"),
  };
}

function openService(environment: NodeJS.ProcessEnv): ServiceResult {
  const read = readSettings(environment);
  if (!read.ok) return read;
  const { settings } = read;
  storageOfProcess ??= openStorage(environment);
  const stores = storageOfProcess;
  const now = () => new Date();
  const uuid = () => randomUUID();
  const credential = lazily(() => serviceCredential(environment, settings.identityClientId));
  const connections = connectionsIn(settings.cloud, credential, environment.WEBSITE_SITE_NAME);
  let knownObjectId: string | undefined;
  const ownObjectId = async () => {
    knownObjectId ??= await objectIdOf(credential(), tokenScope(settings.cloud));
    return knownObjectId;
  };
  const graph = resourceGraph(settings.cloud, credential);
  const budget = tableWriteBudget(stores.table("writes"), now);
  const scopes = keptScopes({
    configured: settings.scopes,
    read: subscriptionsInGroup(settings.cloud, credential),
    readSeconds: settings.scopesReadSeconds,
    now,
  });
  const types = resourceTypes(settings, {
    credential,
    now,
    random: Math.random,
    pace: budget,
    waitUntil,
    scopes: scopes.known,
  });
  const policy = openPolicy(stores, settings, groupsOfSubscription(settings.cloud, credential));
  const summarised = new Map<string, Promise<string | undefined>>();
  const prepared = new Set<string>();
  const shared = {
    now,
    uuid,
    settings,
    graph,
    control: stores.control,
    journal: stores.journal,
    changes: stores.changes,
  };
  const typeNames = types.map(({ type }) => type);
  const engineStores = {
    leases: tableLeases(stores.table("leases"), settings.leaseSeconds, now),
    states: tableStates(stores.table("resources")),
    bursts: tableBursts(stores.table("bursts"), now),
    waits: tableWaits(stores.table("waits")),
    budget,
    pace: budget,
    exemptions: stores.exemptions,
    operationCounts: tableOperationCounts(stores.table("counts"), now),
    remediations: stores.remediations,
  };
  const service: Service = {
    async prepareFor(type) {
      if (prepared.has(type)) return;
      prepared.add(type);
      await Promise.allSettled([loadClientFor(type), ownObjectId()]);
    },
    settings,
    resourceTypes: types,
    policy,
    scopes,
    world: (log) => ({
      ...shared,
      policies: policy.policies(log),
      ...engineStores,
      resourceTypes: types,
      random: Math.random,
      burstSeconds,
      waitUntil,
      ownObjectId,
      tellOperation: stores.operations.tell,
      summariseBeforeFirstWrite: async (id) => {
        const scope = scopeOf(id, (await scopes.current(log)).scopes);
        if (!scope) return `${id.text} lies outside the configured scopes.`;
        const summaryWorld = { ...shared, policies: policy.policies(log), types: typeNames, log };
        return await summariseOnce(summaryWorld, scope, summarised);
      },
      log,
    }),
    sweepWorld: (log) => ({
      ...shared,
      policies: policy.policies(log),
      states: engineStores.states,
      types: typeNames,
      connections,
      scopes: () => scopes.current(log),
      operations: stores.operations,
      sweeps: stores.sweeps,
      log,
    }),
    notifyWorld: (log) =>
      settings.notificationTopic === ""
        ? undefined
        : {
            now,
            journal: stores.journalBlobs,
            store: stores.notificationOutbox,
            topic: eventGridTopic(settings.notificationTopic, credential),
            windowSeconds: settings.notificationWindowSeconds,
            log,
          },
  };
  return { ok: true, service };
}

function waitUntil(time: Date): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, Math.max(0, time.getTime() - Date.now())));
}

function lazily<Value>(make: () => Value): () => Value {
  let made: { value: Value } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
