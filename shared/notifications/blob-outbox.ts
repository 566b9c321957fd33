import { type ContainerClient, RestError } from "@azure/storage-blob";
import { CodedError, messageOf } from "../errors.ts";
import { storageLimit } from "../storage-limit.ts";
import type { OutboxStore } from "./notify.ts";
import { outboxSchema } from "./outbox.ts";

const blobName = "outbox.json";

/** The outbox as one blob; its etag tells two instances apart. The container is made where it is missing. */
export function blobOutbox(container: ContainerClient): OutboxStore {
  const blob = container.getBlockBlobClient(blobName);
  return {
    async read() {
      try {
        // One request for both: another instance may write in between.
        const { etag = "", readableStreamBody } = await blob.download(0, undefined, storageLimit());
        const document = outboxSchema.parse(JSON.parse(await textOf(readableStreamBody)));
        return { document, version: etag };
      } catch (thrown) {
        if (thrown instanceof RestError && thrown.statusCode === 404) return undefined;
        throw unavailable(thrown);
      }
    },

    async write(document, version) {
      const bytes = Buffer.from(JSON.stringify(document), "utf8");
      const conditions = version === undefined ? { ifNoneMatch: "*" } : { ifMatch: version };
      try {
        if (version === undefined) await container.createIfNotExists(storageLimit());
        return (await blob.upload(bytes, bytes.byteLength, { conditions, ...storageLimit() })).etag;
      } catch (thrown) {
        const isTaken = thrown instanceof RestError && (thrown.statusCode === 412 || thrown.statusCode === 409);
        if (isTaken) return undefined;
        throw unavailable(thrown);
      }
    },
  };
}

async function textOf(stream: NodeJS.ReadableStream | undefined): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream ?? []) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString("utf8");
}

function unavailable(thrown: unknown): CodedError {
  return new CodedError("storage-unavailable", `Notifications: ${messageOf(thrown)}`, [], { cause: thrown });
}
