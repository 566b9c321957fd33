import { randomBytes, randomUUID } from "node:crypto";
import type { Log } from "./log.ts";
import type { FunctionMetadata, ParameterBinding, TypedData } from "./protocol.ts";
import type { InvocationResult } from "./worker-process.ts";
import type { WorkerSupervisor } from "./worker-supervisor.ts";

/** A function of the package with its trigger, settings (`%NAME%`) resolved. */
export interface HostedFunction {
  name: string;
  triggerName: string;
  triggerType: string;
  /** The members of the trigger's binding. */
  trigger: Record<string, unknown>;
  metadata: FunctionMetadata;
}

export interface Statistics {
  invocations: number;
  failures: number;
  poisoned: number;
  inFlight: number;
}

export interface Invoker {
  /** Runs a function once. Never rejects. Its output bindings are written before it counts as succeeded. */
  invoke(
    hosted: HostedFunction,
    triggerValue: TypedData,
    triggerMetadata?: Record<string, TypedData>,
  ): Promise<InvocationResult>;
  /** Fulfilled as soon as nothing runs. */
  idle(): Promise<void>;
}

export interface InvokerOptions {
  worker: WorkerSupervisor;
  statistics: Statistics;
  log: Log;
  writeOutputs(hosted: HostedFunction, outputs: ParameterBinding[]): Promise<void>;
}

/** What every trigger uses to run a function: the worker, the outputs, the log of failures and the numbers. */
export function createInvoker({ worker, statistics, log, writeOutputs }: InvokerOptions): Invoker {
  let waitingForIdle: (() => void)[] = [];

  async function run(
    hosted: HostedFunction,
    invocationId: string,
    triggerValue: TypedData,
    triggerMetadata: Record<string, TypedData>,
  ): Promise<InvocationResult> {
    const result = await worker.invoke({
      invocationId,
      functionId: hosted.name,
      inputData: [{ name: hosted.triggerName, data: triggerValue }],
      triggerMetadata: { ...triggerMetadata, sys: systemMetadata(hosted.name) },
      traceContext: { traceParent: `00-${randomBytes(16).toString("hex")}-${randomBytes(8).toString("hex")}-00` },
    });
    if (result.status !== "succeeded") return result;
    try {
      await writeOutputs(hosted, collectOutputs(result));
      return result;
    } catch (error) {
      return { status: "failed", error: { message: `Error while handling outputs of '${hosted.name}': ${error}` } };
    }
  }

  return {
    async invoke(hosted, triggerValue, triggerMetadata = {}) {
      const invocationId = randomUUID();
      statistics.invocations += 1;
      statistics.inFlight += 1;
      const result = await run(hosted, invocationId, triggerValue, triggerMetadata);
      statistics.inFlight -= 1;
      if (statistics.inFlight === 0) {
        for (const resolve of waitingForIdle) resolve();
        waitingForIdle = [];
      }
      if (result.status === "succeeded") return result;
      statistics.failures += 1;
      const reason = result.status === "failed" ? (result.error.stack ?? result.error.message) : "abandoned";
      log({
        level: "error",
        source: "host",
        message: `Executed 'Functions.${hosted.name}' (Failed): ${reason}`,
        functionName: hosted.name,
        invocationId,
      });
      return result;
    },
    idle() {
      if (statistics.inFlight === 0) return Promise.resolve();
      return new Promise((resolve) => waitingForIdle.push(resolve));
    },
  };
}

function collectOutputs(result: InvocationResult & { status: "succeeded" }): ParameterBinding[] {
  const { outputData, returnValue } = result.response;
  return [...(outputData ?? []), ...(returnValue ? [{ name: "$return", data: returnValue }] : [])];
}

/** The metadata that the real host adds to every trigger (SystemBindingData). */
function systemMetadata(functionName: string): TypedData {
  return { json: JSON.stringify({ MethodName: functionName, UtcNow: new Date(), RandGuid: randomUUID() }) };
}
