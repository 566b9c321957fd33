import { type QueueClient, QueueServiceClient } from "@azure/storage-queue";
import type { HostedFunction } from "./invoker.ts";
import type { ParameterBinding, TypedData } from "./protocol.ts";

export interface Queues {
  /** A queue of the connection that a binding names. */
  open(binding: Record<string, unknown>): QueueClient;
  /** The poison queue of a function's queue, undefined when that is one itself. */
  openPoison(binding: Record<string, unknown>): QueueClient | undefined;
  /** Sends what a function gave to its queue outputs. The queue is created when it is missing. */
  writeOutputs(hosted: HostedFunction, outputs: ParameterBinding[]): Promise<void>;
}

/**
 * The storage queues of the app. A binding's `connection` names an app setting with a connection string; where that
 * holds none (an identity-based connection, say), it is the given storage account.
 */
export function openQueues(
  storageConnectionString: string,
  settings: Record<string, string>,
  messageEncoding: "base64" | "none",
): Queues {
  function service(binding: Record<string, unknown>): QueueServiceClient {
    const setting = settings[String(binding.connection ?? "AzureWebJobsStorage")];
    const connectionString = setting?.includes("=") ? setting : storageConnectionString;
    return QueueServiceClient.fromConnectionString(connectionString);
  }
  function open(binding: Record<string, unknown>): QueueClient {
    return service(binding).getQueueClient(String(binding.queueName).toLowerCase());
  }
  return {
    open,
    openPoison(binding) {
      const { name } = open(binding);
      return name.endsWith("-poison") ? undefined : service(binding).getQueueClient(`${name}-poison`);
    },
    async writeOutputs(hosted, outputs) {
      for (const { name, data } of outputs) {
        const binding = hosted.metadata.bindings[name];
        if (binding?.type.toLowerCase() !== "queue") continue;
        const queue = open(binding);
        await queue.createIfNotExists();
        for (const text of toMessages(data)) {
          await queue.sendMessage(messageEncoding === "base64" ? Buffer.from(text).toString("base64") : text);
        }
      }
    },
  };
}

/** An array is as many messages; anything else is one. */
function toMessages(data: TypedData): string[] {
  if (data.bytes) return [Buffer.from(data.bytes).toString("utf8")];
  if (typeof data.json !== "string") return [data.string ?? String(data.int ?? data.double ?? "")];
  const parsed: unknown = JSON.parse(data.json);
  if (!Array.isArray(parsed)) return [data.json];
  return parsed.map((message: unknown) => (typeof message === "string" ? message : JSON.stringify(message)));
}
