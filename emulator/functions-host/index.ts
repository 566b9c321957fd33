import { type Clock, systemClock } from "../clock.ts";
import { messageAlarm } from "../message-alarm.ts";
import { eventGridWebhookPath } from "./event-grid-trigger.ts";
import { readHostConfiguration } from "./host-configuration.ts";
import { hostFunctions } from "./hosted-functions.ts";
import { findHttpFunctions } from "./http-trigger.ts";
import { createInvoker, type HostedFunction, type Statistics } from "./invoker.ts";
import { createKeys, type HostKeys } from "./keys.ts";
import type { HostLogEntry } from "./log.ts";
import { startQueueListener } from "./queue-listener.ts";
import { openQueues } from "./queues.ts";
import { startServer } from "./server.ts";
import { blobTimerStatusStore } from "./timer-status.ts";
import { startTimer } from "./timer-trigger.ts";
import { startWorkerSupervisor, type WorkerSupervisor } from "./worker-supervisor.ts";

export type { HostKeys } from "./keys.ts";
export type { HostLogEntry } from "./log.ts";

export interface FunctionsHostOptions {
  /** The built package: host.json, and package.json whose `main` (a glob) names the entry points. */
  packageDirectory: string;
  /** 0 for any free port. The host listens on 127.0.0.1 alone. */
  port: number;
  /** The app settings: the environment of the worker, which gets nothing else but PATH and HOME. */
  settings: Record<string, string>;
  /** The storage account of the queues and of the timers' state, Azurite's. */
  storageConnectionString: string;
  /** Connection strings that the host uses for its triggers and outputs, in place of the app settings of the same names. */
  connections?: Record<string, string>;
  /** Keys that are not given are made at random. */
  keys?: Partial<HostKeys>;
  /** Whole seconds for which a message stays hidden from others while it is worked on. The real host: 600. */
  queueMessageLeaseSeconds?: number;
  /** The Node.js that runs the worker; default is the one that runs this host. */
  nodeExecutable?: string;
  /** Is given every line of the app, its process and the host. */
  log(entry: HostLogEntry): void;
  /** For timers, time limits and hidden messages. The app's own time follows one that can be moved ahead. */
  clock?: Clock;
  /** Timers run only by the admin route. */
  disableTimers?: boolean;
}

export interface HostedFunctionInformation {
  name: string;
  /** The type of the trigger, such as `httpTrigger`. */
  trigger: string;
  route?: string;
  methods?: string[];
  authLevel?: string;
  queueName?: string;
  schedule?: string;
}

export interface FunctionsHost {
  /** `http://127.0.0.1:PORT` */
  url: string;
  keys: HostKeys;
  functions: HostedFunctionInformation[];
  /** The webhook of a function for an Event Grid subscription, with its key. */
  eventGridUrl(functionName: string): string;
  /** Its process, how often a new one was started, and whether it is there: not while it is dead, or starts. */
  worker: Pick<WorkerSupervisor, "processId" | "restarts" | "isReady" | "free">;
  statistics: Statistics;
  /**
   * Kills the worker with SIGKILL as if the whole instance had died: its queue messages come back when their lease
   * ends, and count as taken once more. A worker that dies by itself fails its invocations instead, whose messages
   * are released. Either way a new worker is started.
   */
  killWorker(): void;
  /** Looks for messages in every queue now, instead of when the next look is due. */
  lookForMessages(): void;
  /** Takes no more work, lets what runs finish for at most 5 seconds, ends the worker and stops listening. */
  close(): Promise<void>;
}

/** The lease of the real host: QueueListener's visibility timeout of 10 minutes. */
const realLeaseSeconds = 600;
const drainMilliseconds = 5_000;

/**
 * Runs a built package of the v4 programming model as the Azure Functions host does, unmodified, in a process of its
 * own. Rejects when host.json is not valid, when the app's start fails, and when the port is taken.
 */
export async function startFunctionsHost(options: FunctionsHostOptions): Promise<FunctionsHost> {
  const { packageDirectory, settings, log } = options;
  const configuration = await readHostConfiguration(packageDirectory, settings);
  const worker = await startWorkerSupervisor({
    packageDirectory,
    environment: settings,
    nodeExecutable: options.nodeExecutable ?? process.execPath,
    functionTimeoutMilliseconds: configuration.functionTimeout,
    clock: options.clock ?? systemClock(),
    log,
  });
  try {
    return await startTriggers(options, configuration, worker);
  } catch (error) {
    await worker.close();
    throw error;
  }
}

async function startTriggers(
  options: FunctionsHostOptions,
  configuration: Awaited<ReturnType<typeof readHostConfiguration>>,
  worker: WorkerSupervisor,
): Promise<FunctionsHost> {
  const { settings, storageConnectionString, log } = options;
  const clock = options.clock ?? systemClock();
  const keys = createKeys(options.keys);
  const statistics: Statistics = { invocations: 0, failures: 0, poisoned: 0, inFlight: 0 };
  const functions = hostFunctions(worker.functions, settings, log);
  const queues = openQueues(
    storageConnectionString,
    { ...settings, ...options.connections },
    configuration.queues.messageEncoding,
  );
  const invoker = createInvoker({ worker, statistics, log, writeOutputs: queues.writeOutputs });
  const httpFunctions = findHttpFunctions(functions);
  const { routePrefix } = configuration;
  const server = await startServer({ port: options.port, routePrefix, functions, httpFunctions, keys, invoker, log });
  const leaseSeconds = options.queueMessageLeaseSeconds ?? realLeaseSeconds;
  const lookForMessages = () => {
    for (const listener of listeners) listener.look();
  };
  const alarm = messageAlarm(clock, lookForMessages);
  const listeners = ofType(functions, "queuetrigger").map((hosted) =>
    startQueueListener({
      hosted,
      queue: queues.open(hosted.trigger),
      poisonQueue: queues.openPoison(hosted.trigger),
      configuration: configuration.queues,
      leaseSeconds,
      alarm,
      invoker,
      statistics,
      log,
    }),
  );
  const timers = (options.disableTimers ? [] : ofType(functions, "timertrigger")).map((hosted) => {
    const store = blobTimerStatusStore(storageConnectionString, settings.AzureFunctionsWebHost__hostid ?? "local");
    return startTimer({ hosted, invoker, clock, store, log });
  });

  return {
    url: server.url,
    keys,
    functions: functions.map((hosted) => describe(hosted)),
    worker,
    statistics,
    eventGridUrl(functionName) {
      const query = new URLSearchParams({ functionName, code: keys.eventGrid });
      return `${server.url}${eventGridWebhookPath}?${query}`;
    },
    killWorker: () => worker.kill(),
    lookForMessages,
    async close() {
      for (const timer of timers) timer.stop();
      const drained = Promise.all([server.stop(), invoker.idle(), ...listeners.map((listener) => listener.stop())]);
      await withinTime(drained, drainMilliseconds);
      await worker.close();
      server.closeConnections();
      await drained;
    },
  };
}

function ofType(functions: HostedFunction[], triggerType: string): HostedFunction[] {
  return functions.filter((hosted) => hosted.triggerType === triggerType);
}

function describe({ name, trigger }: HostedFunction): HostedFunctionInformation {
  const { type, route, methods, authLevel, queueName, schedule } = trigger;
  return {
    name,
    trigger: String(type),
    ...(typeof route === "string" && { route }),
    ...(Array.isArray(methods) && { methods: methods.map(String) }),
    ...(typeof authLevel === "string" && { authLevel }),
    ...(typeof queueName === "string" && { queueName }),
    ...(typeof schedule === "string" && { schedule }),
  };
}

async function withinTime(promise: Promise<unknown>, milliseconds: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([promise, timeUp]);
  clearTimeout(timer);
}
