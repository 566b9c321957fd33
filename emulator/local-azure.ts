import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { BlobServiceClient } from "@azure/storage-blob";
import { QueueServiceClient } from "@azure/storage-queue";
import { createCertificate } from "./arm/certificate.ts";
import { type Arm, type ArmSwitches, type ManagementGroup, type Subscription, startArm } from "./arm/index.ts";
import { type Azurite, startAzurite } from "./azurite.ts";
import { type Clock, systemClock } from "./clock.ts";
import {
  commandLinePrincipal,
  defaultPeople,
  defaultSubscriptions,
  guardAudience,
  managedIdentity,
  securityTeam,
  tenantId,
} from "./company.ts";
import { deadLetterToBlobs } from "./event-grid/dead-letter-blobs.ts";
import { createEventGrid, type Disorder, type EventGrid, type EventSubscription } from "./event-grid/index.ts";
import { eventsToQueues } from "./event-grid/storage-queue.ts";
import { followEventSubscriptions } from "./event-subscriptions.ts";
import { showConnections, showFunctionApp } from "./function-app.ts";
import {
  type FunctionsHost,
  type FunctionsHostOptions,
  type HostLogEntry,
  startFunctionsHost,
} from "./functions-host/index.ts";
import { type Graph, startGraph } from "./graph/index.ts";
import { type Identity, type Principal, startIdentity } from "./identity/index.ts";
import { ringForMessages } from "./message-alarm.ts";
import { type ReceivedNotification, type Receiver, startReceiver } from "./notifications/receiver.ts";
import { startTopic, type Topic } from "./notifications/topic.ts";
import { type StorageProxy, startStorageProxy } from "./storage-proxy.ts";

/** Where everything listens; 0, or left out, for any free port. */
export interface Ports {
  arm?: number;
  functions?: number;
  identity?: number;
  graph?: number;
  blob?: number;
  queue?: number;
  table?: number;
}

/** What a local Azure is made of. Everything has a default. */
export interface LocalAzureOptions {
  /** The built functions package; `dist/package` where left out. */
  packageDirectory?: string;
  /** Where the certificate authority is written, as `ca.pem`; where left out, a folder that is removed again at the end. */
  directory?: string;
  ports?: Ports;
  subscriptions?: Subscription[];
  /** Management groups that lie in others. */
  managementGroups?: readonly ManagementGroup[];
  people?: Principal[];
  /** Callers of the function app sign in, in place of a function key. */
  signIn?: boolean;
  /** App settings of the function app, over those that every app here gets. */
  settings?: Record<string, string>;
  clock?: Clock;
  seed?: number;
  disorder?: Partial<Disorder>;
  eventDeliverySchema?: EventSubscription["eventDeliverySchema"];
  /**
   * Whether Event Grid brings all events to the function, or writes them into the queue `events`, without a connection; or goes by the system
   * topics and event subscriptions of Azure Resource Manager, of which there are none at first. To the function where left out.
   */
  eventDelivery?: "function" | "queue" | "event-subscriptions";
  switches?: Partial<ArmSwitches>;
  /** 1 keeps the recorded times of long operations, 0 ends them at once. */
  durationScale?: number;
  queueMessageLeaseSeconds?: number;
  disableTimers?: boolean;
  /** Puts a proxy between the app and its storage, where requests can be made to fail; the host's own go past it. */
  storageProxy?: boolean;
  /** Files that Azurite's process loads first. */
  azuriteModules?: readonly string[];
  /** How many instances of the function app work on the same queues; 1 where left out. The first gets events, HTTP and timers. */
  instances?: number;
  /** Puts resources there before the functions start. */
  prepare?(arm: Arm): void | Promise<void>;
  log?(entry: HostLogEntry): void;
  /** Is told of each notification that the app's topic delivers. */
  notified?(notification: ReceivedNotification): void;
}

/** Azure on localhost, with the function app in it. */
export interface LocalAzure {
  arm: Arm;
  eventGrid: EventGrid;
  identity: Identity;
  /** The directory of applications and their roles. */
  graph: Graph;
  /** What the app notifies. */
  topic: Topic;
  /** Who subscribed to it. */
  receiver: Receiver;
  /** The first instance of the function app. */
  functions: FunctionsHost;
  /** All instances, the first one included. */
  instances: readonly FunctionsHost[];
  azurite: Azurite;
  /** What stands before Azurite, for the app alone. Throws where the option `storageProxy` did not ask for it. */
  storage: StorageProxy;
  tenantId: string;
  subscriptions: Subscription[];
  /** Who the function app is. */
  managedIdentity: Principal;
  people: Principal[];
  certificateFile: string;
  /** What a shell needs to talk to it; `npm start` writes it to `.local-azure/env`. */
  environment: Record<string, string>;
  /** Stops the function app and starts it again, with other settings where given. */
  restartFunctions(settings?: Record<string, string>): Promise<void>;
  /** Ends every process and server. May be called more than once. */
  close(): Promise<void>;
}

const root = path.resolve(import.meta.dirname, "..");
const armAudience = "https://management.core.windows.net/";
const eventSubscriptionName = "azure-encryption-guard";
/** What a deployment would have made before the app starts. */
const queues = ["changes", "changes-poison", "events", "events-poison", "sweeps", "sweeps-poison", "unreadable"];
const containers = ["journal", "dead-letters", "notifications", "policy"];
const deadLetterContainer = "dead-letters";

/**
 * Starts Azure on localhost with the built package in it. Where one part does not start, all others are ended again and the
 * promise rejects with its error.
 */
export async function startLocalAzure(options: LocalAzureOptions = {}): Promise<LocalAzure> {
  const closing: (() => Promise<void> | void)[] = [];
  let closed: Promise<void> | undefined;
  const close = () => {
    closed ??= closeAll(closing);
    return closed;
  };
  try {
    return await startParts(options, closing, close);
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

async function startParts(
  options: LocalAzureOptions,
  closing: (() => Promise<void> | void)[],
  close: () => Promise<void>,
): Promise<LocalAzure> {
  const packageDirectory = options.packageDirectory ?? path.join(root, "dist", "package");
  if (!existsSync(path.join(packageDirectory, "host.json"))) {
    throw new Error(`${packageDirectory} holds no functions package: run npm run build`);
  }
  const clock = options.clock ?? systemClock();
  const ports = options.ports ?? {};
  const subscriptions = options.subscriptions ?? defaultSubscriptions;
  const people = options.people ?? defaultPeople;

  const storagePorts = { blobPort: ports.blob ?? 0, queuePort: ports.queue ?? 0, tablePort: ports.table ?? 0 };
  const azurite = await startAzurite(storagePorts, options.azuriteModules);
  closing.push(azurite.close);
  await createStorage(azurite.connectionString);
  const storage = options.storageProxy ? await startStorageProxy(azurite.connectionString, clock) : undefined;
  if (storage) closing.push(storage.close);

  const identity = await startIdentity({
    port: ports.identity ?? 0,
    tenantId,
    clock,
    managedIdentity,
    msiPrincipal: commandLinePrincipal,
    people: [...people, ...securityTeam],
    application: (audience) => graph.application(audience),
  });
  closing.push(identity.close);
  const graph = await startGraph({
    port: ports.graph ?? 0,
    tenantId,
    clock,
    authenticate: identity.authenticate,
    administrators: [...people.slice(0, 1), commandLinePrincipal].map(({ objectId }) => objectId),
    people: [...people, ...securityTeam, managedIdentity, commandLinePrincipal].map(({ objectId }) => objectId),
  });
  closing.push(graph.close);

  const eventGrid = createEventGrid({
    clock,
    seed: options.seed ?? 1,
    deadLetter: deadLetterToBlobs(azurite.connectionString, clock),
    toQueue: eventsToQueues(azurite.connectionString),
    disorder: options.disorder ?? {},
  });
  closing.push(eventGrid.close);

  const directory = await directoryFor(options, closing);
  const certificate = await createCertificate();
  const certificateFile = path.join(directory, "ca.pem");
  await mkdir(directory, { recursive: true });
  await writeFile(certificateFile, certificate.cert);
  let publish = eventGrid.publish;
  const arm = await startArm({
    port: ports.arm ?? 0,
    certificate,
    clock,
    tenantId,
    subscriptions,
    managementGroups: options.managementGroups ?? [],
    authenticate: identity.authenticate,
    publish: (event) => publish(event),
    lostEvents: () => eventGrid.lost,
    switches: options.switches ?? {},
    durationScale: options.durationScale ?? 0.01,
  });
  closing.push(arm.close);
  await options.prepare?.(arm);

  const notifications = createEventGrid({
    clock,
    seed: options.seed ?? 1,
    deadLetter: deadLetterToBlobs(azurite.connectionString, clock),
  });
  closing.push(notifications.close);
  const topic = await startTopic({
    certificate,
    authenticate: identity.authenticate,
    publish: notifications.publish,
  });
  closing.push(topic.close);
  const receiver = await startReceiver((notification) => options.notified?.(notification));
  closing.push(receiver.close);

  const appSettings = {
    FUNCTIONS_WORKER_RUNTIME: "node",
    AzureWebJobsStorage: storage?.connectionString ?? azurite.connectionString,
    IDENTITY_ENDPOINT: identity.endpoint,
    IDENTITY_HEADER: identity.header,
    NODE_EXTRA_CA_CERTS: certificateFile,
    CLOUD: "custom",
    ARM_ENDPOINT: arm.endpoint,
    ARM_AUDIENCE: armAudience,
    NOTIFICATION_TOPIC: topic.endpoint,
    SCOPES: subscriptions.map(({ subscriptionId }) => `/subscriptions/${subscriptionId}`).join(","),
    ...(options.signIn
      ? { ENTRA_TENANT_ID: tenantId, ENTRA_AUDIENCE: guardAudience, ENTRA_AUTHORITY: identity.authorityHost }
      : {}),
    ...options.settings,
  };
  const startFunctions = (settings: Record<string, string>, port: number, more: Partial<FunctionsHostOptions> = {}) =>
    startFunctionsHost({
      packageDirectory,
      port,
      settings,
      storageConnectionString: azurite.connectionString,
      connections: { AzureWebJobsStorage: azurite.connectionString },
      ...(options.queueMessageLeaseSeconds === undefined
        ? {}
        : { queueMessageLeaseSeconds: options.queueMessageLeaseSeconds }),
      disableTimers: options.disableTimers ?? false,
      clock,
      log: options.log ?? (() => undefined),
      ...more,
    });
  let functions = await startFunctions(appSettings, ports.functions ?? 0);
  closing.push(() => functions.close());
  const [home] = subscriptions;
  const appId = home && showFunctionApp(arm, home, managedIdentity, functions.functions);
  const others = await Promise.all(
    Array.from({ length: (options.instances ?? 1) - 1 }, () => startFunctions(appSettings, 0, { disableTimers: true })),
  );
  closing.push(...others.map((other) => () => other.close()));
  if (storage) {
    ringForMessages(storage, azurite.connectionString, clock, () => {
      for (const instance of [functions, ...others]) instance.lookForMessages();
    });
  }
  if (options.eventDelivery === "event-subscriptions") {
    publish = followEventSubscriptions({ clock, resources: arm.resources, eventGrid, webhookOf, log: warn });
  } else {
    if (appId !== undefined) showConnections(arm, subscriptions, appId);
    await subscribe();
  }
  await notifications.subscribe({
    name: "notifications",
    endpoint: receiver.url,
    eventDeliverySchema: "CloudEventSchemaV1_0",
  });

  async function subscribe(): Promise<void> {
    await eventGrid.subscribe({
      name: eventSubscriptionName,
      ...(options.eventDelivery === "queue"
        ? { endpointType: "StorageQueue", endpoint: "events" }
        : { endpoint: functions.eventGridUrl("resource-changed") }),
      eventDeliverySchema: options.eventDeliverySchema ?? "EventGridSchema",
      includedEventTypes: [
        "Microsoft.Resources.ResourceWriteSuccess",
        "Microsoft.Resources.ResourceActionSuccess",
        "Microsoft.Resources.ResourceDeleteSuccess",
      ],
      deadLetterContainer,
    });
  }

  function webhookOf(functionId: string): string | undefined {
    const wanted = functionId.toLowerCase();
    const found = functions.functions.find(({ name }) => `${appId}/functions/${name}`.toLowerCase() === wanted);
    return found && functions.eventGridUrl(found.name);
  }

  function warn(message: string): void {
    options.log?.({ level: "warning", source: "host", message });
  }

  const [person] = people;
  const environment = {
    ARM_ENDPOINT: arm.endpoint,
    IDENTITY_ENDPOINT: identity.endpoint,
    IDENTITY_HEADER: identity.header,
    MSI_ENDPOINT: identity.msiEndpoint,
    MSI_SECRET: identity.msiSecret,
    CA_CERT: certificateFile,
    FUNCTIONS_URL: functions.url,
    FUNCTIONS_KEY: functions.keys.function,
    ...(options.signIn ? await signedIn(identity) : {}),
    STORAGE_CONNECTION: azurite.connectionString,
    SUBSCRIPTION_ID: subscriptions[0]?.subscriptionId ?? "",
    NOTIFICATIONS_URL: receiver.url,
    ...(appId === undefined ? {} : { GUARD_APP_ID: appId }),
    ACCESS_TOKEN: person ? await identity.tokenFor(person) : "",
    GRAPH_ENDPOINT: graph.endpoint,
    GRAPH_TOKEN: person ? await identity.tokenFor(person, graph.endpoint) : "",
    ...(options.settings?.POLICY_FILE === undefined ? {} : { POLICY_FILE: options.settings.POLICY_FILE }),
  };
  return {
    arm,
    eventGrid,
    identity,
    graph,
    topic,
    receiver,
    get functions() {
      return functions;
    },
    get instances() {
      return [functions, ...others];
    },
    azurite,
    get storage() {
      if (!storage) throw new Error("This local Azure has no proxy before its storage");
      return storage;
    },
    tenantId,
    subscriptions,
    managedIdentity,
    people,
    certificateFile,
    environment,
    async restartFunctions(settings = {}) {
      // The same port and keys, so that Event Grid's deliveries and the shell's variables stay right.
      const { url, keys } = functions;
      await functions.close();
      functions = await startFunctions({ ...appSettings, ...settings }, Number(new URL(url).port), { keys });
    },
    close,
  };
}

/** Who calls is said by a token, and the command takes it before a key. */
async function signedIn(identity: Identity): Promise<Record<string, string>> {
  const admin = securityTeam.find(({ roles }) => roles?.includes("Admin"));
  const token = admin ? await identity.tokenFor(admin, guardAudience) : "";
  return { AUTHORITY_HOST: identity.authorityHost, GUARD_AUDIENCE: guardAudience, FUNCTIONS_TOKEN: token };
}

async function directoryFor(options: LocalAzureOptions, closing: (() => Promise<void> | void)[]): Promise<string> {
  if (options.directory !== undefined) return path.resolve(options.directory);
  const directory = await mkdtemp(path.join(os.tmpdir(), "local-azure-"));
  closing.push(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

async function createStorage(connectionString: string): Promise<void> {
  const queueService = QueueServiceClient.fromConnectionString(connectionString);
  const blobService = BlobServiceClient.fromConnectionString(connectionString);
  await Promise.all([
    ...queues.map((name) => queueService.createQueue(name)),
    ...containers.map((name) => blobService.createContainer(name)),
  ]);
}

/** In reverse order of their start, each even where another fails. */
async function closeAll(closing: readonly (() => Promise<void> | void)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const close of [...closing].reverse()) {
    try {
      await close();
    } catch (thrown) {
      failures.push(thrown);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, "Not every part of the local Azure could be ended");
}
