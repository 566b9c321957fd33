import { createHash } from "node:crypto";
import { type ContainerClient, RestError } from "@azure/storage-blob";
import { CodedError, messageOf } from "../errors.ts";
import type { Json } from "../json.ts";
import type { EntryReference, Journal, JournalEntry } from "./journal.ts";

const chains = 16;
/** An append blob holds 50,000 blocks (docs: "Understanding block blobs, append blobs, and page blobs"); a full one is followed by the next part. */
const mostParts = 1000;
/** One for a blob that has to be made first, one for a connection that was closed. */
const mostRetries = 2;
/** The part can't take another block: it is full, or its name is taken by a blob of another type. */
const fullCodes = new Set(["BlockCountExceedsLimit", "InvalidBlobType"]);

/**
 * The journal in append blobs, one JSON line an entry: `YYYY/MM/DD/CHAIN-PART.jsonl`, the chain chosen by hash of the resource id.
 * @param container whose client does not retry: a repeated append would write twice.
 * @param reading the same container by a client that may retry.
 */
export function appendBlobJournal(container: ContainerClient, reading: ContainerClient = container): Journal {
  const firstOpenPart = new Map<string, number>();
  let created: Promise<unknown> | undefined;

  async function appendTo(blob: string, line: Buffer, triesLeft: number): Promise<EntryReference | "full"> {
    const client = container.getAppendBlobClient(blob);
    try {
      const appended = await client.appendBlock(line, line.byteLength);
      return { blob, offset: Number(appended.blobAppendOffset), length: line.byteLength };
    } catch (thrown) {
      if (!(thrown instanceof RestError)) throw thrown;
      if (thrown.code !== undefined && fullCodes.has(thrown.code)) return "full";
      if (triesLeft === 0) throw thrown;
      // No answer: a connection that was closed meanwhile. Should it have been written, the entry stands twice under one id.
      if (thrown.statusCode === undefined) return await appendTo(blob, line, triesLeft - 1);
      if (thrown.statusCode !== 404) throw thrown;
      created ??= container.createIfNotExists();
      await created.catch((failure: unknown) => {
        created = undefined;
        throw failure;
      });
      await client.createIfNotExists();
      return await appendTo(blob, line, triesLeft - 1);
    }
  }

  return {
    async append(entry) {
      const stem = `${entry.at.slice(0, 10).replaceAll("-", "/")}/${chainOf(entry.resourceId)}`;
      const line = Buffer.from(`${JSON.stringify(entry)}\n`, "utf8");
      try {
        for (let part = firstOpenPart.get(stem) ?? 0; part < mostParts; part += 1) {
          const appended = await appendTo(`${stem}-${String(part).padStart(3, "0")}.jsonl`, line, mostRetries);
          if (appended !== "full") return appended;
          firstOpenPart.set(stem, part + 1);
        }
      } catch (thrown) {
        throw new CodedError("storage-unavailable", `Journal: ${messageOf(thrown)}`, [], { cause: thrown });
      }
      throw new CodedError("storage-unavailable", `Journal: all ${mostParts} parts of ${stem} are full.`);
    },

    async read({ blob, offset, length }) {
      try {
        const buffer = await reading.getBlobClient(blob).downloadToBuffer(offset, length);
        const entry: Json = JSON.parse(buffer.toString("utf8"));
        return entry;
      } catch (thrown) {
        throw new CodedError("storage-unavailable", `Journal: ${messageOf(thrown)}`, [], { cause: thrown });
      }
    },
  };
}

/** Two digits; the same for equal resources. */
function chainOf(resourceId: JournalEntry["resourceId"]): string {
  const [first = 0] = createHash("sha256").update(resourceId.toLowerCase()).digest();
  return String(first % chains).padStart(2, "0");
}
