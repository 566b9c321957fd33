import type { FunctionMetadata, InvocationRequest } from "./protocol.ts";
import {
  type InvocationResult,
  startWorkerProcess,
  type WorkerProcess,
  type WorkerProcessOptions,
} from "./worker-process.ts";

export interface WorkerSupervisor {
  readonly processId: number | undefined;
  readonly restarts: number;
  /** False while the worker is dead, or starts. */
  readonly isReady: boolean;
  functions: FunctionMetadata[];
  /** Runs an invocation, waiting for the worker while it restarts. Never rejects. */
  invoke(request: InvocationRequest): Promise<InvocationResult>;
  /** Fulfilled when the worker is not at work at anything, or has ended. */
  free(): Promise<void>;
  /** Kills the worker as if the whole instance had died: see `abandoned`. It is restarted. */
  kill(): void;
  close(): Promise<void>;
}

export interface WorkerSupervisorOptions extends WorkerProcessOptions {
  /** After this long the worker is killed with all its invocations; undefined: no limit. */
  functionTimeoutMilliseconds: number | undefined;
}

const firstRestartDelayMilliseconds = 100;
const longestRestartDelayMilliseconds = 10_000;

/**
 * Starts the worker and keeps one running: a process that ended is replaced, after a growing delay while its start
 * fails. Rejects when the very first start fails.
 */
export async function startWorkerSupervisor(options: WorkerSupervisorOptions): Promise<WorkerSupervisor> {
  let current = await startWorkerProcess(options);
  let available = Promise.resolve<WorkerProcess | undefined>(current);
  let restarts = 0;
  let isClosed = false;
  let wakeFromDelay: (() => void) | undefined;
  watch(current);

  function watch(worker: WorkerProcess): void {
    void worker.ended.then(() => {
      if (isClosed) return;
      options.log({ level: "error", source: "host", message: "The worker process ended. Restarting it." });
      available = restart();
    });
  }

  async function restart(): Promise<WorkerProcess | undefined> {
    for (let delay = firstRestartDelayMilliseconds; !isClosed; delay *= 2) {
      restarts += 1;
      try {
        current = await startWorkerProcess(options);
        watch(current);
        return current;
      } catch (error) {
        options.log({ level: "error", source: "host", message: `The worker did not start again: ${error}` });
      }
      await wait(Math.min(delay, longestRestartDelayMilliseconds));
    }
    return undefined;
  }

  function wait(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      wakeFromDelay = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  return {
    get processId() {
      return current.processId;
    },
    get restarts() {
      return restarts;
    },
    get isReady() {
      return current.isAvailable;
    },
    functions: current.functions,
    async invoke(request) {
      let worker = await available;
      if (worker && !worker.isAvailable) {
        await worker.ended;
        worker = await available;
      }
      if (!worker) return { status: "abandoned" };
      return await invokeWithTimeout(worker, request, options);
    },
    free: () => current.free(),
    kill: () => current.kill(),
    async close() {
      isClosed = true;
      wakeFromDelay?.();
      const worker = await available;
      await worker?.terminate();
    },
  };
}

async function invokeWithTimeout(
  worker: WorkerProcess,
  request: InvocationRequest,
  options: WorkerSupervisorOptions,
): Promise<InvocationResult> {
  const limit = options.functionTimeoutMilliseconds;
  if (limit === undefined) return await worker.invoke(request);
  const cancel = options.clock.schedule(limit, () => {
    const message = `Timeout value of ${limit / 1000} s exceeded by function '${request.functionId}'.`;
    options.log({
      level: "error",
      source: "host",
      message,
      functionName: request.functionId,
      invocationId: request.invocationId,
    });
    worker.kill({ message });
  });
  try {
    return await worker.invoke(request);
  } finally {
    cancel();
  }
}
