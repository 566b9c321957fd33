import { type ContainerClient, RestError } from "@azure/storage-blob";
import { CodedError, messageOf } from "../errors.ts";
import { storageLimit } from "../storage-limit.ts";

/** A blob of events that Event Grid gave up on, or why it can't be read. */
export type DeadLetter =
  | { kind: "events"; name: string; events: unknown[] }
  | { kind: "unreadable"; name: string; reason: string; text: string };

/** Events that Event Grid could not deliver. Every method throws `storage-unavailable`. */
export interface DeadLetters {
  /** @param most so many blobs, in the order of their names. */
  waiting(most: number): Promise<DeadLetter[]>;
  remove(name: string): Promise<void>;
}

/** A delivery is at most 1 MB (docs: "Event Grid quotas"), and what stands beside an event is small. */
const longestBlob = 2 * 1024 * 1024;

/**
 * Dead letters in a blob container: one JSON array of events a blob, `TOPIC/SUBSCRIPTION/yyyy/m/d/h/GUID.json`
 * (docs: "Dead letter and retry policies"). A container that does not exist holds none.
 */
export function deadLetterBlobs(container: ContainerClient): DeadLetters {
  return {
    waiting: (most) =>
      asked(async () => {
        const letters: DeadLetter[] = [];
        try {
          for await (const { name, properties } of container.listBlobsFlat(storageLimit())) {
            if (letters.length === most) break;
            letters.push(await letterIn(container, name, properties.contentLength ?? 0));
          }
        } catch (thrown) {
          if (!(thrown instanceof RestError) || thrown.statusCode !== 404) throw thrown;
        }
        return letters;
      }),
    remove: (name) => asked(async () => void (await container.getBlobClient(name).deleteIfExists(storageLimit()))),
  };
}

async function letterIn(container: ContainerClient, name: string, length: number): Promise<DeadLetter> {
  const read = Math.min(length, longestBlob);
  const text =
    read === 0 ? "" : (await container.getBlobClient(name).downloadToBuffer(0, read, storageLimit())).toString("utf8");
  const unreadable = { kind: "unreadable", name, text } as const;
  if (length > longestBlob) return { ...unreadable, reason: `The dead letter is longer than ${longestBlob} bytes.` };
  try {
    const events: unknown = JSON.parse(text);
    return Array.isArray(events)
      ? { kind: "events", name, events }
      : { ...unreadable, reason: "The dead letter holds no array of events." };
  } catch {
    return { ...unreadable, reason: "The dead letter is no JSON." };
  }
}

async function asked<Value>(work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (thrown) {
    throw new CodedError("storage-unavailable", `Dead letters: ${messageOf(thrown)}`, [], { cause: thrown });
  }
}
