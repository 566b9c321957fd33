import { type ChildProcess, fork } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Clock } from "../clock.ts";
import type { HostLogEntry, Log } from "./log.ts";
import {
  type FunctionMetadata,
  type HostMessage,
  type InvocationRequest,
  type InvocationResponse,
  isWorkerMessage,
  type WorkerError,
  type WorkerMessage,
} from "./protocol.ts";

/**
 * How an invocation ended. `abandoned`: nobody is there to see the end, because the instance died or was closed; a
 * queue message then stays hidden until its lease ends.
 */
export type InvocationResult =
  | { status: "succeeded"; response: InvocationResponse }
  | { status: "failed"; error: WorkerError }
  | { status: "abandoned" };

export interface WorkerProcessOptions {
  packageDirectory: string;
  environment: Record<string, string>;
  nodeExecutable: string;
  /** Where it can be moved ahead, the time of the process follows it. */
  clock: Clock;
  log: Log;
}

export interface WorkerProcess {
  processId: number | undefined;
  functions: FunctionMetadata[];
  /** False from the moment on that the process was told to end, or ended. */
  readonly isAvailable: boolean;
  /** Runs an invocation. Never rejects: when the process ends first, the invocation has failed. */
  invoke(request: InvocationRequest): Promise<InvocationResult>;
  /** Fulfilled when the process is not at work at anything: it has taken what it was sent, or it has ended. */
  free(): Promise<void>;
  /** Ends the process at once. Its invocations end as `abandoned`, or as failed when an error is given. */
  kill(error?: WorkerError): void;
  /** Lets the hooks of the app's end run, for at most 5 seconds, and ends the process. */
  terminate(): Promise<void>;
  /** Fulfilled when the process has ended, whyever. */
  ended: Promise<void>;
}

/** The real host waits this long for the hooks of the app's end. */
const terminationGraceMilliseconds = 5_000;

/**
 * Starts a worker process and waits until it has loaded its package. Rejects when the app's start fails or the
 * process ends before.
 */
export async function startWorkerProcess(options: WorkerProcessOptions): Promise<WorkerProcess> {
  const child = forkWorker(options);
  const inFlight = new Map<string, { functionName: string; settle: (result: InvocationResult) => void }>();
  const askedWhetherFree: (() => void)[] = [];
  let endResult: InvocationResult | undefined;
  const ended = waitForEnd(child).then((how) => {
    settleAll(endResult ?? { status: "failed", error: { message: how } });
    for (const answer of askedWhetherFree.splice(0)) answer();
  });
  // A host that ends without closing must not leave its worker behind.
  const killWithHost = () => child.kill("SIGKILL");
  process.once("exit", killWithHost);
  const stopFollowing = options.clock.onSkip?.(() => send(child, { type: "time", ahead: aheadOf(options.clock) }));
  void ended.then(() => {
    process.off("exit", killWithHost);
    stopFollowing?.();
  });

  function settleAll(result: InvocationResult): void {
    for (const invocation of inFlight.values()) invocation.settle(result);
    inFlight.clear();
  }
  function settle(invocationId: string, result: InvocationResult): void {
    inFlight.get(invocationId)?.settle(result);
    inFlight.delete(invocationId);
  }
  function receive(message: WorkerMessage): void {
    if (message.type === "completed") {
      settle(message.response.invocationId, { status: "succeeded", response: message.response });
    } else if (message.type === "failed") {
      settle(message.invocationId, { status: "failed", error: message.error });
    } else if (message.type === "pong") {
      askedWhetherFree.shift()?.();
    } else if (message.type === "log") {
      // The real host drops what an invocation logs after its end.
      const functionName = message.invocationId && inFlight.get(message.invocationId)?.functionName;
      if (message.invocationId && !functionName) return;
      options.log(toLogEntry(message, functionName));
    }
  }
  function kill(error?: WorkerError): void {
    endResult ??= error ? { status: "failed", error } : { status: "abandoned" };
    child.kill("SIGKILL");
    settleAll(endResult);
  }

  child.on("message", (message: unknown) => {
    if (isWorkerMessage(message)) receive(message);
  });
  const functions = await waitForStart(child, ended);
  return {
    processId: child.pid,
    functions,
    ended,
    kill,
    get isAvailable() {
      return child.connected && endResult === undefined;
    },
    invoke(request) {
      return new Promise((resolve) => {
        if (!child.connected) {
          resolve(endResult ?? { status: "failed", error: { message: "The worker process has ended." } });
          return;
        }
        inFlight.set(request.invocationId, { functionName: request.functionId, settle: resolve });
        send(child, { type: "invoke", request });
      });
    },
    free() {
      return new Promise((resolve) => {
        if (!child.connected) return resolve();
        askedWhetherFree.push(resolve);
        send(child, { type: "ping" });
      });
    },
    async terminate() {
      endResult ??= { status: "abandoned" };
      send(child, { type: "terminate" });
      const timer = setTimeout(() => child.kill("SIGKILL"), terminationGraceMilliseconds);
      await ended;
      clearTimeout(timer);
    },
  };
}

function forkWorker(options: WorkerProcessOptions): ChildProcess {
  const time = options.clock.onSkip === undefined ? [] : [String(aheadOf(options.clock))];
  const main = fileURLToPath(new URL("./worker/main.ts", import.meta.url));
  const child = fork(main, [options.packageDirectory, ...time], {
    cwd: options.packageDirectory,
    env: { ...minimalEnvironment(), ...options.environment },
    execPath: options.nodeExecutable,
    // Node 22 warns about running TypeScript and about globs; the app's log is no place for that.
    execArgv: ["--disable-warning=ExperimentalWarning"],
    serialization: "advanced",
    // In a process group of its own: a Ctrl-C is for the host, which ends the worker in good order.
    detached: true,
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  // A message to a process that just ended is lost, like the process; its end is reported by "exit".
  child.on("error", (error) => options.log({ level: "error", source: "host", message: error.message }));
  for (const [stream, toLevel] of [
    [child.stdout, () => "information" as const],
    [child.stderr, stderrLevel],
  ] as const) {
    if (!stream) continue;
    createInterface({ input: stream }).on("line", (message) =>
      options.log({ level: toLevel(message), source: "output", message }),
    );
  }
  return child;
}

function aheadOf(clock: Clock): number {
  return clock.now() - Date.now();
}

function waitForEnd(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once("exit", (code, signal) => resolve(`node exited with ${signal ? `signal ${signal}` : `code ${code}`}`));
    child.on("error", (error) => {
      if (child.pid === undefined) resolve(error.message);
    });
  });
}

async function waitForStart(child: ChildProcess, ended: Promise<void>): Promise<FunctionMetadata[]> {
  const started = new Promise<FunctionMetadata[]>((resolve, reject) => {
    function read(message: unknown): void {
      if (!isWorkerMessage(message)) return;
      if (message.type === "started") resolve(message.functions);
      else if (message.type === "startFailed") reject(new Error(message.error.message));
      else return;
      child.off("message", read);
    }
    child.on("message", read);
  });
  const endedFirst = ended.then(() => {
    throw new Error("The worker process ended before it had loaded the package.");
  });
  try {
    return await Promise.race([started, endedFirst]);
  } catch (error) {
    child.kill("SIGKILL");
    await ended;
    throw error;
  }
}

function send(child: ChildProcess, message: HostMessage): void {
  if (child.connected) child.send(message, () => undefined);
}

function toLogEntry(message: WorkerMessage & { type: "log" }, functionName: string | undefined): HostLogEntry {
  return {
    level: message.level,
    source: message.category === "user" ? "app" : "worker",
    message: message.message,
    ...(functionName && { functionName }),
    ...(message.invocationId && { invocationId: message.invocationId }),
  };
}

/** As the real host takes lines of stderr: by the words in them (WorkerProcess.OnErrorDataReceived). */
function stderrLevel(line: string): "warning" | "error" | "information" {
  if (/warn/i.test(line)) return "warning";
  return /error|fail|severe/i.test(line) ? "error" : "information";
}

function minimalEnvironment(): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const name of ["PATH", "HOME"]) {
    const value = process.env[name];
    if (value !== undefined) environment[name] = value;
  }
  return environment;
}
