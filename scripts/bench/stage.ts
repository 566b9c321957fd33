import { randomUUID } from "node:crypto";
import { QueueServiceClient } from "@azure/storage-queue";
import type { JsonObject, RequestRecord } from "../../emulator/arm/index.ts";
import { defaultPeople, managedIdentity } from "../../emulator/company.ts";
import type { EventGridEvent } from "../../emulator/event-grid/index.ts";
import { type LocalAzure, type LocalAzureOptions, startLocalAzure } from "../../emulator/local-azure.ts";
import { createJudgements, type Judgements } from "./judgements.ts";

const group = "bench";

/** A local Azure with the built package in it, as the measurements need it. */
export interface Stage {
  azure: LocalAzure;
  group: string;
  subscriptionIds: readonly string[];
  /** Puts an account there that meets every baseline but for these properties; gives its id. Raises no event. */
  account(name: string, properties?: JsonObject, subscriptionId?: string): string;
  /** Puts a database there, encrypted or not; gives its id. Raises no event. */
  database(name: string, state: "Enabled" | "Disabled"): string;
  /** Raises an event as Azure does for somebody's write. Gives the event, to be raised again. */
  changed(id: string, event?: EventGridEvent): EventGridEvent;
  /** How often the app said that it judged a resource, with one of these outcomes. */
  judged(...outcomes: string[]): number;
  judgements: Judgements;
  /** Does something whose events are lost on their way, so that the service has nothing to do meanwhile. */
  withoutEvents<T>(work: () => Promise<T>): Promise<T>;
  /** The service's own requests to Azure since {@link forget}. */
  requests(): RequestRecord[];
  forget(): void;
  /** Waits until nothing is on its way: no event, no invocation, no message. */
  quiet(withinSeconds?: number): Promise<void>;
}

const settings = {
  MODE_DEFAULT: "enforce",
  MODE_STORAGE_SAS_EXPIRATION: "enforce",
  WRITES_PER_HOUR: "1200",
  WRITES_PER_HOUR_IN_TOTAL: "100000",
  // No sweep but those that are measured.
  SWEEP_SCHEDULE: "0 0 0 1 1 *",
};

/** Runs a measurement in a local Azure of its own, and ends that whatever happens. */
export async function onStage<T>(measure: (stage: Stage) => Promise<T>, options: LocalAzureOptions = {}): Promise<T> {
  const judgements = createJudgements();
  const subscriptionIds = [1, 2, 3].map((number) => `a0000000-0000-4000-8000-00000000000${number}`);
  const azure = await startLocalAzure({
    disableTimers: true,
    subscriptions: subscriptionIds.map((subscriptionId) => ({ subscriptionId, displayName: "Bench" })),
    ...options,
    settings: { ...settings, ...options.settings },
    log(entry) {
      judgements.read(entry.message);
      options.log?.(entry);
    },
  });
  try {
    return await measure(stageOf(azure, subscriptionIds, judgements));
  } finally {
    await azure.close();
  }
}

function stageOf(azure: LocalAzure, subscriptionIds: readonly string[], judgements: Judgements): Stage {
  const [first = ""] = subscriptionIds;
  const idOf = (type: string, name: string, subscriptionId = first) =>
    `/subscriptions/${subscriptionId}/resourceGroups/${group}/providers/${type}/${name}`;
  const queues = QueueServiceClient.fromConnectionString(azure.azurite.connectionString);
  return {
    azure,
    group,
    subscriptionIds,
    account(name, properties = {}, subscriptionId = first) {
      const id = idOf("Microsoft.Storage/storageAccounts", name, subscriptionId);
      azure.arm.seed(id, { location: "westeurope", properties: { ...compliant, ...properties } });
      return id;
    },
    database(name, state) {
      const server = idOf("Microsoft.Sql/servers", "bench");
      if (!azure.arm.resources.get(server)) azure.arm.seed(server, { location: "westeurope" });
      const id = `${server}/databases/${name}`;
      azure.arm.seed(id, { location: "westeurope" });
      azure.arm.seed(`${id}/transparentDataEncryption/current`, { properties: { state } });
      return id;
    },
    changed(id, event = writeEvent(id)) {
      azure.eventGrid.publish(event);
      return event;
    },
    judged: (...wanted) => wanted.reduce((sum, outcome) => sum + (judgements.counts.get(outcome) ?? 0), 0),
    judgements,
    async withoutEvents(work) {
      azure.eventGrid.disorder.drops = 1;
      try {
        return await work();
      } finally {
        azure.eventGrid.disorder.drops = 0;
      }
    },
    requests: () => azure.arm.requests.filter(({ caller }) => caller === managedIdentity.objectId),
    forget: () => {
      azure.arm.requests.length = 0;
    },
    quiet: (withinSeconds = 60) => quiet(azure, queues, withinSeconds * 1000),
  };
}

/** Looks again and again until the condition holds. Rejects, saying what was waited for, when it does not in time. */
export async function until(isSo: () => boolean | Promise<boolean>, what: string, seconds: number): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`Waited ${seconds} s in vain for ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** What every storage baseline asks for. */
const compliant: JsonObject = {
  supportsHttpsTrafficOnly: true,
  minimumTlsVersion: "TLS1_2",
  sasPolicy: { sasExpirationPeriod: "1.00:00:00", expirationAction: "Log" },
};

async function quiet(azure: LocalAzure, queues: QueueServiceClient, within: number): Promise<void> {
  await until(() => isQuiet(azure, queues), "nothing to be on its way", within / 1000);
}

async function isQuiet(azure: LocalAzure, queues: QueueServiceClient): Promise<boolean> {
  await azure.eventGrid.idle();
  const isBusy = () => azure.eventGrid.statistics.pending > 0 || azure.functions.statistics.inFlight > 0;
  if (isBusy()) return false;
  for (const name of ["changes", "sweeps"]) {
    const { approximateMessagesCount } = await queues.getQueueClient(name).getProperties();
    if (approximateMessagesCount !== 0) return false;
  }
  return !isBusy();
}

function writeEvent(id: string): EventGridEvent {
  const [, , subscriptionId = ""] = id.split("/");
  const isDatabase = id.includes("/databases/");
  return {
    id: randomUUID(),
    topic: `/subscriptions/${subscriptionId}`,
    subject: id,
    eventType: "Microsoft.Resources.ResourceWriteSuccess",
    eventTime: new Date().toISOString(),
    dataVersion: "2",
    metadataVersion: "1",
    data: {
      resourceUri: id,
      operationName: isDatabase ? "Microsoft.Sql/servers/databases/write" : "Microsoft.Storage/storageAccounts/write",
      correlationId: randomUUID(),
      claims: { "http://schemas.microsoft.com/identity/claims/objectidentifier": defaultPeople[0]?.objectId ?? "" },
      status: "Succeeded",
      subscriptionId,
    },
  };
}
