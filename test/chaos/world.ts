import { randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import path from "node:path";
import { RestError, TableClient, type TableEntityResult, TableServiceClient } from "@azure/data-tables";
import { BlobServiceClient } from "@azure/storage-blob";
import { QueueServiceClient } from "@azure/storage-queue";
import { z } from "zod";
import type { ArmRequest } from "../../emulator/arm/index.ts";
import type { Fault } from "../../emulator/faults.ts";
import { type LocalAzure, startLocalAzure } from "../../emulator/local-azure.ts";
import { type SkippableClock, skippableClock } from "../../emulator/skippable-clock.ts";
import { healthSchema, remediationsSchema } from "../end-to-end/answers.ts";
import { assignGuard } from "../end-to-end/guard-role.ts";
import { canaries } from "./canaries.ts";
import type { Side } from "./fault-kinds.ts";
import { type Observed, observe } from "./observed.ts";
import { armPlace, storagePlace } from "./place.ts";
import { foreignSubscriptionId, group, isAbout, type Subject, subscriptionId } from "./subjects.ts";

/** Who changes resources here; the second one is a pipeline that knows nothing of the baselines. */
export const writers = ["c0000000-0000-4000-8000-000000000001", "c0000000-0000-4000-8000-000000000003"] as const;

/** A request of the service, at its arrival. */
export interface Arrival {
  /** Counts from 0 since {@link ChaosWorld.plan} was set. */
  index: number;
  side: Side;
  place: string;
  method: string;
  /** At Azure Resource Manager the resource and what is below it; at storage with its query. */
  path: string;
}

/** A local Azure with the built service, in which anything can be made to fail and time passes at once. */
export interface ChaosWorld {
  azure: LocalAzure;
  clock: SkippableClock;
  observed: Observed;
  /** The resources that are there now; nothing else is written to. */
  subjects: Subject[];
  /** Decides over each request of the service; its index begins anew. */
  plan(decide: (arrival: Arrival) => Fault | undefined): void;
  /** Azure raises an event: somebody wrote to this resource. It may be delivered more than once. */
  announce(subject: Pick<Subject, "id" | "kind">, options?: { writer?: string; times?: number }): void;
  /** Fires a timer of the service by hand. */
  fire(timer: "waker" | "sweep" | "journal-verify"): Promise<void>;
  /** A person asks to undo the last remediation of a resource. Whether that worked is not told. */
  undo(subject: Pick<Subject, "id">): Promise<void>;
  /** What the service itself finds wrong with its journal, by the last time that it was asked to verify it. */
  journalProblems(): Promise<string[]>;
  /** How often that was done. */
  readonly fired: number;
  /** Kills the process of one instance as if it had died. */
  kill(instance: number): void;
  /** Lets a new process of the service start with a storage in which nothing was ever written. */
  startAnew(): Promise<void>;
  /** Stops all writes, as a person does in an emergency, or lets them go on. */
  stop(stopped: boolean): Promise<void>;
  /** How many messages there are, hidden ones too, by queue. */
  messages(): Promise<Record<string, number>>;
  /** What waits in poison queues: each message with its id and queue. */
  poison(): Promise<string[]>;
  /** Names of the tables of the service. */
  tables(): Promise<string[]>;
  /** Takes away all looks that wait for a time to come. */
  forgetWaits(): Promise<void>;
  /** Rows of a table of the service. */
  rows(table: string): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

export interface ChaosWorldOptions {
  /** App settings over those of this file. */
  settings?: Record<string, string>;
  instances?: number;
  packageDirectory?: string;
  seed?: number;
}

/** Azure's limit for a request. */
const mostPeeked = 32;

/** How long the service waits for an answer of Azure Resource Manager. */
export const requestTimeoutSeconds = 5;

const settings = {
  // A process starts at each death: with compiled code kept, a seed takes about a tenth less.
  NODE_COMPILE_CACHE: path.join(tmpdir(), "encryption-guard-chaos-compiled"),
  SCOPES: `/subscriptions/${subscriptionId}`,
  MODE_DEFAULT: "enforce",
  MODE_STORAGE_SAS_EXPIRATION: "enforce",
  WRITES_PER_HOUR: "1200",
  APPROVE_WITH_KEY: "true",
  REQUEST_TIMEOUT_SECONDS: String(requestTimeoutSeconds),
  // The shortest: a holder that is slow loses it soon.
  LEASE_SECONDS: "15",
};

/** Starts such a world. The service has exactly the role that its baselines name, in one group. */
export async function startChaosWorld(options: ChaosWorldOptions = {}): Promise<ChaosWorld> {
  const clock = skippableClock();
  let observed: Observed | undefined;
  const azure = await startLocalAzure({
    clock,
    storageProxy: true,
    instances: options.instances ?? 1,
    durationScale: 1,
    disableTimers: true,
    seed: options.seed ?? 1,
    ...(options.packageDirectory === undefined ? {} : { packageDirectory: options.packageDirectory }),
    subscriptions: [
      { subscriptionId, displayName: "Polaris Cruises" },
      { subscriptionId: foreignSubscriptionId, displayName: "Somebody else" },
    ],
    switches: { roleAssignments: true },
    settings: { ...settings, ...options.settings },
    prepare(arm) {
      for (const subscription of [subscriptionId, foreignSubscriptionId]) {
        arm.seed(`/subscriptions/${subscription}/resourceGroups/${group}`, { location: "westeurope" });
      }
      assignGuard(arm, `/subscriptions/${subscriptionId}/resourceGroups/${group}`, serviceId);
    },
    log({ level, message }) {
      observed?.note();
      if (level === "error") observed?.failures.push(message.slice(0, 500));
      observed?.search("the log", message);
    },
  });
  const subjects: Subject[] = [];
  const fallsShort = (path: string) =>
    subjects.some(({ kind, id }) => kind.shownAt(id).toLowerCase() === path.toLowerCase() && kind.isBroken(azure, id));
  const isBesideOther = (path: string) => {
    const subject = subjects.find((each) => isAbout(each, path));
    return subjects.some(
      ({ kind, id }) =>
        subject && id !== subject.id && kind.unit(id) === subject.kind.unit(subject.id) && kind.isBusy(azure, id),
    );
  };
  observed = observe(azure, clock, fallsShort, isBesideOther);
  const { problems } = healthSchema.parse(await (await askService(azure, "/api/health")).json());
  if (problems.length > 0) throw new Error(`The service does not take its settings: ${JSON.stringify(problems)}`);
  return worldOf(azure, clock, { observed, subjects });
}

function askService({ functions }: LocalAzure, route: string, body?: object): Promise<Response> {
  return fetch(`${functions.url}${route}`, {
    headers: { "x-functions-key": functions.keys.function, "content-type": "application/json" },
    ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
  });
}

const standingSchema = z.object({
  /** When it was walked: not there where it never was. */
  at: z.string(),
  problems: z.array(z.object({ kind: z.string(), blob: z.string(), explanation: z.string() })),
});
const serviceId = "b0000000-0000-4000-8000-000000000001";

function worldOf(
  azure: LocalAzure,
  clock: SkippableClock,
  known: Pick<ChaosWorld, "observed" | "subjects">,
): ChaosWorld {
  const connection = azure.azurite.connectionString;
  const tables = TableServiceClient.fromConnectionString(connection, { allowInsecureConnection: true });
  const queues = QueueServiceClient.fromConnectionString(connection);
  const table = (name: string) => TableClient.fromConnectionString(connection, name, { allowInsecureConnection: true });
  let decide: (arrival: Arrival) => Fault | undefined = () => undefined;
  let index = 0;
  let fired = 0;

  function faultFor(request: Omit<Arrival, "index">): Fault | undefined {
    const arrival = { index, ...request };
    index += 1;
    return decide(arrival);
  }
  azure.arm.failNext((request) => {
    const { method, path } = request;
    return isOurs(request) ? faultFor({ side: "arm", place: armPlace(request), method, path }) : undefined;
  }, Infinity);
  azure.storage.failNext((request) => {
    const { service, method, url } = request;
    return faultFor({ side: service, place: storagePlace(request), method, path: url });
  }, Infinity);

  function isOurs({ headers }: ArmRequest): boolean {
    const token = /^Bearer (.+)$/i.exec(headers.authorization ?? "")?.[1] ?? "";
    return azure.identity.authenticate(token)?.objectId === serviceId;
  }

  async function rows(name: string): Promise<TableEntityResult<object>[]> {
    const found: TableEntityResult<object>[] = [];
    try {
      for await (const row of table(name).listEntities()) found.push(row);
    } catch (thrown) {
      // The service makes a table when it first needs it.
      if (!(thrown instanceof RestError && thrown.statusCode === 404)) throw thrown;
    }
    return found;
  }

  return {
    azure,
    clock,
    ...known,
    plan(decision) {
      decide = decision;
      index = 0;
    },
    announce({ id, kind }, { writer = writers[0], times = 1 } = {}) {
      const event = writeEvent(id, kind.operation, writer, clock.now());
      for (let time = 0; time < times; time += 1) azure.eventGrid.publish(event);
    },
    get fired() {
      return fired;
    },
    async fire(timer) {
      fired += 1;
      const response = await fetch(`${azure.functions.url}/admin/functions/${timer}`, {
        method: "POST",
        headers: { "content-type": "application/json", "x-functions-key": azure.functions.keys.master },
        body: JSON.stringify({ input: "" }),
      });
      if (response.status !== 202) throw new Error(`The timer ${timer} answered ${response.status}`);
    },
    async undo({ id }) {
      const list = await askService(azure, `/api/remediations?resourceId=${encodeURIComponent(id)}`);
      if (!list.ok) return;
      const fixed = remediationsSchema
        .parse(await list.json())
        .remediations.find(({ outcome }) => outcome === "remediated");
      if (fixed)
        await askService(azure, `/api/remediations/${fixed.id}/undo`, { reason: "The old tablets of the crew." });
    },
    async journalProblems() {
      const { problems } = standingSchema.parse(await (await askService(azure, "/api/journal")).json());
      return problems.map(({ kind, blob, explanation }) => `${kind} in ${blob}: ${explanation}`);
    },
    kill(instance) {
      azure.instances[instance]?.killWorker();
    },
    async startAnew() {
      for (const instance of azure.instances) instance.killWorker();
      for await (const { name = "" } of tables.listTables()) await tables.deleteTable(name);
      await BlobServiceClient.fromConnectionString(connection).getContainerClient("journal").deleteIfExists();
      while (azure.instances.some(({ worker }) => !worker.isReady))
        await new Promise((resolve) => setTimeout(resolve, 5));
    },
    async stop(stopped) {
      await table("control").createTable();
      await table("control").upsertEntity({ partitionKey: "switch", rowKey: "writes", stopped });
      const { stops } = known.observed;
      const last = stops.at(-1);
      if (last && last.until === undefined) {
        if (!stopped) last.until = clock.now();
      } else if (stopped) stops.push({ from: clock.now(), until: undefined });
    },
    async messages() {
      const counts: Record<string, number> = {};
      for await (const { name } of queues.listQueues()) {
        counts[name] = (await queues.getQueueClient(name).getProperties()).approximateMessagesCount ?? 0;
      }
      return counts;
    },
    async poison() {
      const texts: string[] = [];
      for await (const { name } of queues.listQueues()) {
        if (!name.endsWith("-poison")) continue;
        const { peekedMessageItems } = await queues.getQueueClient(name).peekMessages({ numberOfMessages: mostPeeked });
        texts.push(
          ...peekedMessageItems.map(
            ({ messageId, messageText }) => `${messageId} in ${name}: ${fromBase64(messageText)}`,
          ),
        );
      }
      return texts;
    },
    async tables() {
      const names: string[] = [];
      for await (const { name = "" } of tables.listTables()) names.push(name);
      return names;
    },
    async rows(name) {
      return (await rows(name)).map((row) => ({ ...row }));
    },
    async forgetWaits() {
      for (const { partitionKey = "", rowKey = "" } of await rows("waits")) {
        await table("waits").deleteEntity(partitionKey, rowKey);
      }
    },
    close: azure.close,
  };
}

function fromBase64(text: string): string {
  return Buffer.from(text, "base64").toString("utf8");
}

function writeEvent(resourceId: string, operationName: string, writer: string, now: number) {
  const eventSubscription = resourceId.split("/")[2] ?? "";
  return {
    id: randomUUID(),
    topic: `/subscriptions/${eventSubscription}`,
    subject: resourceId,
    eventType: "Microsoft.Resources.ResourceWriteSuccess",
    eventTime: new Date(now).toISOString(),
    dataVersion: "2",
    metadataVersion: "1",
    data: {
      resourceUri: resourceId,
      operationName,
      correlationId: randomUUID(),
      claims: {
        "http://schemas.microsoft.com/identity/claims/objectidentifier": writer,
        name: canaries.personName,
      },
      status: "Succeeded",
      subscriptionId: eventSubscription,
    },
  };
}
