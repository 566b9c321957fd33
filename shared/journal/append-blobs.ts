import { type ContainerClient, RestError } from "@azure/storage-blob";
import { CodedError, messageOf } from "../errors.ts";
import { storageLimit } from "../storage-limit.ts";

/** How big an append blob is: its bytes, and its blocks, of which it holds at most 50,000. */
export interface AppendBlobSize {
  length: number;
  blocks: number;
}

/**
 * What became of an append. `moved`: somebody else appended at this position before. `missing`: there is no such blob yet.
 * `unknown`: no answer came, so it may have been appended, or may still be.
 */
export type AppendAnswer =
  | { kind: "appended"; blocks: number }
  | { kind: "moved" }
  | { kind: "missing" }
  | { kind: "unknown"; reason: string };

/** The append blobs of one container. Every method but `append` throws `storage-unavailable` where the service does not answer. */
export interface AppendBlobs {
  /** Appends at this position in bytes, or not at all; sent once. */
  append(name: string, bytes: Buffer, position: number): Promise<AppendAnswer>;
  /** Makes the blob where it does not exist. */
  create(name: string): Promise<void>;
  /** Nothing where there is no such blob. */
  sizeOf(name: string): Promise<AppendBlobSize | undefined>;
  /** @param length in bytes; up to the end where left out. */
  read(name: string, offset: number, length?: number): Promise<Buffer>;
  /** Names in their order, by prefix, each with when it was written last. */
  list(prefix: string): Promise<{ name: string; lastModified: Date }[]>;
  remove(name: string): Promise<void>;
}

/** Codes of a 412 or 409 that say that the blob has grown meanwhile (docs: "Append Block", position condition). */
const movedCodes = new Set(["AppendPositionConditionNotMet", "BlockCountExceedsLimit"]);

/**
 * Append blobs of Azure Storage.
 * @param container whose client does not retry: whether an append is repeated is for the journal to say.
 * @param reading the same container by a client that may retry.
 */
export function appendBlobs(container: ContainerClient, reading: ContainerClient = container): AppendBlobs {
  return {
    async append(name, bytes, position) {
      const conditions = { appendPosition: position };
      try {
        const appended = await container.getAppendBlobClient(name).appendBlock(bytes, bytes.byteLength, {
          conditions,
          ...storageLimit(),
        });
        return { kind: "appended", blocks: appended.blobCommittedBlockCount ?? 0 };
      } catch (thrown) {
        if (!(thrown instanceof RestError)) return { kind: "unknown", reason: messageOf(thrown) };
        if (thrown.code !== undefined && movedCodes.has(thrown.code)) return { kind: "moved" };
        if (thrown.statusCode === 404) return { kind: "missing" };
        return { kind: "unknown", reason: messageOf(thrown) };
      }
    },

    create: (name) =>
      asked(async () => {
        try {
          await createBlob(reading, name);
        } catch (thrown) {
          // The container is made only where it is missing: a role that may append alone may not make one.
          if (!(thrown instanceof RestError) || thrown.statusCode !== 404) throw thrown;
          await reading.createIfNotExists(storageLimit());
          await createBlob(reading, name);
        }
      }),

    sizeOf: (name) =>
      asked(async () => {
        try {
          const properties = await reading.getBlobClient(name).getProperties(storageLimit());
          return { length: properties.contentLength ?? 0, blocks: properties.blobCommittedBlockCount ?? 0 };
        } catch (thrown) {
          if (thrown instanceof RestError && thrown.statusCode === 404) return undefined;
          throw thrown;
        }
      }),

    read: (name, offset, length) =>
      asked(async () => {
        if (length === 0) return Buffer.alloc(0);
        return await reading.getBlobClient(name).downloadToBuffer(offset, length, storageLimit());
      }),

    list: (prefix) =>
      asked(async () => {
        try {
          const blobs: { name: string; lastModified: Date }[] = [];
          for await (const { name, properties } of reading.listBlobsFlat({ prefix, ...storageLimit() })) {
            blobs.push({ name, lastModified: properties.lastModified });
          }
          return blobs;
        } catch (thrown) {
          if (thrown instanceof RestError && thrown.statusCode === 404) return [];
          throw thrown;
        }
      }),

    remove: (name) => asked(async () => void (await reading.getBlobClient(name).deleteIfExists(storageLimit()))),
  };
}

/** Who may append alone, or writes under an immutability policy, is refused in other words where somebody else made the blob meanwhile. */
async function createBlob(container: ContainerClient, name: string): Promise<void> {
  try {
    await container.getAppendBlobClient(name).createIfNotExists(storageLimit());
  } catch (thrown) {
    const isRefused = thrown instanceof RestError && (thrown.statusCode === 403 || thrown.statusCode === 409);
    if (!isRefused || !(await container.getBlobClient(name).exists(storageLimit()))) throw thrown;
  }
}

async function asked<Value>(work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (thrown) {
    throw new CodedError("storage-unavailable", `Journal: ${messageOf(thrown)}`, [], { cause: thrown });
  }
}
