import { randomUUID } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { SqlManagementClient } from "@azure/arm-sql";
import { StorageManagementClient } from "@azure/arm-storage";
import { TableClient, TableServiceClient } from "@azure/data-tables";
import { BlobServiceClient } from "@azure/storage-blob";
import { QueueServiceClient } from "@azure/storage-queue";
import { z } from "zod";
import type { ArmRequest, JsonObject, RequestRecord } from "../../emulator/arm/index.ts";
import type { EventGridEvent } from "../../emulator/event-grid/index.ts";
import { type LocalAzure, type LocalAzureOptions, startLocalAzure } from "../../emulator/local-azure.ts";
import { baselines } from "../../shared/baselines/index.ts";
import { modeSetting } from "../../shared/policy/setting-definitions.ts";
import { type Entry, entrySchema, type Remediation, remediationSchema, remediationsSchema } from "./answers.ts";
import { expectDocumented } from "./documented.ts";
import { recordEvents } from "./event-recorder.ts";
import { eventually } from "./eventually.ts";
import { assign, assignGuard, assignGuardToSubscription } from "./guard-role.ts";

export const subscriptionId = "a0000000-0000-4000-8000-000000000001";
/** Known to Azure, and in no scope of the service. */
export const foreignSubscriptionId = "a0000000-0000-4000-8000-0000000000ff";
/** In this group the service has its role. */
export const group = "voyages";
/** In this group the service may read, and no more. */
export const readOnlyGroup = "harbour-office";

export const serviceId = "b0000000-0000-4000-8000-000000000001";
const captain = {
  objectId: "c0000000-0000-4000-8000-000000000001",
  name: "alex@polaris.example",
  kind: "user",
} as const;

/** Every baseline enforced, also where a mode of its own goes before the default. */
export const enforceAll = {
  MODE_DEFAULT: "enforce",
  ...Object.fromEntries(
    baselines.filter(({ modeUnlessSet }) => modeUnlessSet).map(({ id }) => [modeSetting(id), "enforce"]),
  ),
};

/** A line of the app's log. */
export interface LogLine {
  level: string;
  message: string;
  resourceId?: string | undefined;
  outcome?: string | undefined;
  reason?: string | undefined;
  remediationId?: string | undefined;
  text: string;
}

const lineSchema = z.object({
  message: z.string(),
  resourceId: z.string().optional(),
  outcome: z.string().optional(),
  reason: z.string().optional(),
  remediationId: z.string().optional(),
});

/** An answer of the service. */
export interface HttpReply {
  status: number;
  headers: Headers;
  body: unknown;
}

/** A local Azure with the built service in it, and what a person and an operator do and see. */
export interface World {
  azure: LocalAzure;
  /** Object ids. */
  serviceId: string;
  personId: string;
  /** The person's own client: no retries, so that each call is one request. */
  person: StorageManagementClient;
  personIn(subscription: string): StorageManagementClient;
  /** The same person's client for SQL. */
  databases: SqlManagementClient;
  blobs: BlobServiceClient;
  queues: QueueServiceClient;
  tables: TableServiceClient;
  /** One of the service's tables. */
  table(name: string): TableClient;
  /** All events that Azure raised, in the order of their delivery to the tests. */
  events: EventGridEvent[];
  /** Everything that host and app said. */
  said: string[];
  lines: LogLine[];
  /** The text of every answer that the service gave. */
  answered: string[];
  /** The service's requests about a resource and what is below it. */
  requests(id: string): RequestRecord[];
  reads(id: string): number;
  writes(id: string): RequestRecord[];
  /** The resource as Azure has it. */
  stored(id: string): JsonObject;
  get(route: string, key?: string): Promise<HttpReply>;
  post(route: string, body: unknown, key?: string): Promise<HttpReply>;
  delete(route: string): Promise<HttpReply>;
  /** Fires a timer by hand. */
  fire(timer: string): Promise<void>;
  /** The journal's entries about a resource, oldest first; all of them where none is named. */
  journal(id?: string): Promise<Entry[]>;
  /** Waits until the service said that it judged the resource so, for the `times`th time. */
  judged(id: string, outcome: string, times?: number): Promise<LogLine>;
  /** Waits for that, and gives the remediation whole. */
  remediation(id: string, outcome: string, times?: number): Promise<Remediation>;
  remediations(id: string): Promise<z.infer<typeof remediationsSchema>["remediations"]>;
  /** Waits until nothing is on its way: no event, no invocation, no message. */
  quiet(within?: number): Promise<void>;
  /** Sends one event as Event Grid would, past its filters. Gives the status of the answer. */
  deliver(event: unknown): Promise<number>;
  close(): Promise<void>;
}

/** Starts a local Azure with the service in it. Roles are enforced: the service has what its baselines ask for, in one group. */
export async function startWorld(settings: Record<string, string>, options: LocalAzureOptions = {}): Promise<World> {
  const directory = await mkdtemp(path.join(tmpdir(), "encryption-guard-"));
  const said: string[] = [];
  const lines: LogLine[] = [];
  const answered: string[] = [];
  const azure = await startLocalAzure({
    directory,
    durationScale: 0,
    disableTimers: true,
    queueMessageLeaseSeconds: 2,
    subscriptions: [
      { subscriptionId, displayName: "Polaris Cruises" },
      { subscriptionId: foreignSubscriptionId, displayName: "Somebody else" },
    ],
    people: [captain],
    switches: { roleAssignments: true },
    log(entry) {
      said.push(entry.message);
      const line = entry.source === "app" ? lineOf(entry.level, entry.message) : undefined;
      if (line) lines.push(line);
    },
    ...options,
    settings: { SCOPES: `/subscriptions/${subscriptionId}`, ...settings },
    async prepare(arm) {
      for (const subscription of [subscriptionId, foreignSubscriptionId]) {
        arm.seed(`/subscriptions/${subscription}/resourceGroups/${group}`, { location: "westeurope" });
        assign(arm, `/subscriptions/${subscription}`, captain.objectId, ["*"]);
      }
      assignGuard(arm, groupId(group), serviceId);
      assignGuardToSubscription(arm, `/subscriptions/${subscriptionId}`, serviceId);
      arm.seed(groupId(readOnlyGroup), { location: "westeurope" });
      assign(arm, groupId(readOnlyGroup), serviceId, ["*/read"]);
      await options.prepare?.(arm);
    },
  });
  const recorder = await recordEvents(azure.eventGrid);
  const connection = azure.azurite.connectionString;
  const blobs = BlobServiceClient.fromConnectionString(connection);
  const queues = QueueServiceClient.fromConnectionString(connection);
  const token = await azure.identity.tokenFor(captain);
  const tlsOptions = { ca: await readFile(azure.certificateFile, "utf8") };
  const credential = { getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 3_600_000 }) };
  const clientOptions = { endpoint: azure.arm.endpoint, tlsOptions, retryOptions: { maxRetries: 0 } };
  const personIn = (subscription: string) => new StorageManagementClient(credential, subscription, clientOptions);

  const requests = (id: string) =>
    azure.arm.requests.filter(
      ({ path: asked, caller }) =>
        caller !== captain.objectId && `${asked}/`.toLowerCase().startsWith(`${id}/`.toLowerCase()),
    );
  const isAbout = (line: LogLine, id: string) => line.resourceId?.toLowerCase() === id.toLowerCase();

  async function send(method: string, route: string, key: string, body?: unknown): Promise<HttpReply> {
    const response = await fetch(`${azure.functions.url}${route}`, {
      method,
      headers: { "content-type": "application/json", ...(key === "" ? {} : { "x-functions-key": key }) },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    answered.push(text);
    const isJson = response.headers.get("content-type")?.includes("json") ?? false;
    const reply = { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
    expectDocumented({ method, route, ...reply });
    return reply;
  }

  const world: World = {
    azure,
    serviceId,
    personId: captain.objectId,
    person: personIn(subscriptionId),
    personIn,
    databases: new SqlManagementClient(credential, subscriptionId, clientOptions),
    blobs,
    queues,
    tables: TableServiceClient.fromConnectionString(connection, { allowInsecureConnection: true }),
    table: (name) => TableClient.fromConnectionString(connection, name, { allowInsecureConnection: true }),
    events: recorder.events,
    said,
    lines,
    answered,
    requests,
    reads: (id) => requests(id).filter(({ method }) => method === "GET").length,
    writes: (id) => requests(id).filter(({ method }) => method !== "GET"),
    stored(id) {
      const resource = azure.arm.resources.get(id);
      if (!resource) throw new Error(`Azure has no ${id}`);
      return structuredClone(resource.body);
    },
    get: (route, key = azure.functions.keys.function) => send("GET", route, key),
    post: (route, body, key = azure.functions.keys.function) => send("POST", route, key, body),
    delete: (route) => send("DELETE", route, azure.functions.keys.function),
    async fire(timer) {
      const { status } = await send("POST", `/admin/functions/${timer}`, azure.functions.keys.master, { input: "" });
      if (status !== 202) throw new Error(`The timer ${timer} answered ${status}`);
    },
    async journal(id) {
      const entries: Entry[] = [];
      const container = blobs.getContainerClient("journal");
      for await (const blob of container.listBlobsFlat()) {
        const text = (await container.getBlobClient(blob.name).downloadToBuffer()).toString("utf8");
        // Where a day ends, the chain says so in an entry that is about no resource; nor are calls.
        const found = text.split("\n").filter((line) => line !== "" && !/"kind":"(rolled|call|switch)"/.test(line));
        entries.push(...found.map((line) => entrySchema.parse(JSON.parse(line))));
      }
      entries.sort((a, b) => a.at.localeCompare(b.at));
      return entries.filter((entry) => id === undefined || entry.resourceId.toLowerCase() === id.toLowerCase());
    },
    judged: (id, outcome, times = 1) =>
      eventually(
        () => {
          const about = lines.filter((line) => isAbout(line, id));
          const found = about.filter((line) => line.message === "judged" && line.outcome === outcome);
          if (found[times - 1]) return found[times - 1];
          throw new Error(
            about
              .map(({ text }) => text.slice(0, 400))
              .slice(-4)
              .join("\n"),
          );
        },
        `${id.split("/").at(-1)} to be judged ${outcome}`,
      ),
    async remediation(id, outcome, times = 1) {
      const { remediationId = "" } = await world.judged(id, outcome, times);
      const { status, body } = await world.get(`/api/remediations/${remediationId}`);
      if (status !== 200) throw new Error(`Remediation ${remediationId}: ${status}`);
      return remediationSchema.parse(body);
    },
    async remediations(id) {
      const { body } = await world.get(`/api/remediations?resourceId=${encodeURIComponent(id)}`);
      return remediationsSchema.parse(body).remediations;
    },
    async quiet(within) {
      await eventually(
        async () => {
          await azure.eventGrid.idle();
          if (azure.eventGrid.statistics.pending > 0 || azure.functions.statistics.inFlight > 0) return false;
          for (const name of ["changes", "sweeps"]) {
            const { approximateMessagesCount } = await queues.getQueueClient(name).getProperties();
            if (approximateMessagesCount !== 0) return false;
          }
          return azure.eventGrid.statistics.pending === 0 && azure.functions.statistics.inFlight === 0;
        },
        "nothing to be on its way",
        within,
      );
    },
    async deliver(event) {
      const response = await fetch(azure.functions.eventGridUrl("resource-changed"), {
        method: "POST",
        headers: { "content-type": "application/json", "aeg-event-type": "Notification" },
        body: JSON.stringify([event]),
      });
      return response.status;
    },
    async close() {
      await recorder.close();
      await azure.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
  return world;
}

/** The id of a storage account. */
export function accountId(name: string, resourceGroup = group, subscription = subscriptionId): string {
  return `/subscriptions/${subscription}/resourceGroups/${resourceGroup}/providers/Microsoft.Storage/storageAccounts/${name}`;
}

export function groupId(name: string, subscription = subscriptionId): string {
  return `/subscriptions/${subscription}/resourceGroups/${name}`;
}

/** Whether a request is a write to this account that holds a text. Ids in events, and so in requests, mix cases. */
export function isPatchOf(id: string, { method, path: asked, body }: ArmRequest, text = ""): boolean {
  return method === "PATCH" && asked.toLowerCase() === id.toLowerCase() && body.includes(text);
}

/** Properties of an account that meets every baseline. */
const secure = {
  supportsHttpsTrafficOnly: true,
  minimumTlsVersion: "TLS1_2",
  sasPolicy: { sasExpirationPeriod: "1.00:00:00", expirationAction: "Log" },
};

/** Puts an account there that meets every baseline but for these properties, without an event. Gives its id. */
export function seedAccount(
  world: Pick<World, "azure">,
  name: string,
  properties: JsonObject = {},
  rest: JsonObject = {},
  id = accountId(name),
): string {
  world.azure.arm.seed(id, { location: "westeurope", ...rest, properties: { ...secure, ...properties } });
  return id;
}

/** An event as Azure raises it for a write by somebody, told once more or made up. */
export function writeEvent(resourceId: string, more: Partial<EventGridEvent> & { data?: object } = {}): EventGridEvent {
  const { data, ...top } = more;
  return {
    id: randomUUID(),
    topic: `/subscriptions/${subscriptionId}`,
    subject: resourceId,
    eventType: "Microsoft.Resources.ResourceWriteSuccess",
    eventTime: new Date().toISOString(),
    dataVersion: "2",
    metadataVersion: "1",
    ...top,
    data: {
      resourceUri: resourceId,
      operationName: "Microsoft.Storage/storageAccounts/write",
      correlationId: randomUUID(),
      claims: { "http://schemas.microsoft.com/identity/claims/objectidentifier": captain.objectId },
      status: "Succeeded",
      subscriptionId,
      ...data,
    },
  };
}

function lineOf(level: string, text: string): LogLine | undefined {
  if (!text.startsWith("{")) return undefined;
  const parsed = lineSchema.safeParse(JSON.parse(text));
  return parsed.success ? { ...parsed.data, level, text } : undefined;
}
