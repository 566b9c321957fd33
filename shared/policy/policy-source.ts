import { readFile, stat } from "node:fs/promises";
import { type ContainerClient, RestError } from "@azure/storage-blob";
import { messageOf } from "../errors.ts";
import { storageLimit } from "../storage-limit.ts";

/** The policy file as it lies there now, or why it can't be read. */
export type SourceReading =
  | { ok: true; text: string; changedAt: Date | undefined; changedBy: string | undefined }
  | { ok: false; reason: string };

/** Where the policy file lies. */
export interface PolicySource {
  /** For people. */
  name: string;
  read(): Promise<SourceReading>;
}

/** A file beside the app. */
export function fileSource(path: string): PolicySource {
  return {
    name: path,
    async read() {
      try {
        const [text, { mtime }] = await Promise.all([readFile(path, "utf8"), stat(path)]);
        // Some editors empty a file before they write it anew.
        if (text.trim() === "") return { ok: false, reason: "It is empty." };
        return { ok: true, text, changedAt: mtime, changedBy: undefined };
      } catch (thrown) {
        return { ok: false, reason: messageOf(thrown) };
      }
    },
  };
}

/** A blob; who uploads it may say in its metadata, as `changedby`, who changed it. */
export function blobSource(container: ContainerClient, name: string): PolicySource {
  const blob = container.getBlobClient(name);
  return {
    name: `blob:${container.containerName}/${name}`,
    async read() {
      try {
        const { etag = "", lastModified, metadata } = await blob.getProperties(storageLimit());
        const conditions = { ifMatch: etag };
        const bytes = await blob.downloadToBuffer(0, undefined, { ...storageLimit(), conditions });
        return { ok: true, text: bytes.toString("utf8"), changedAt: lastModified, changedBy: metadata?.changedby };
      } catch (thrown) {
        const isMissing = thrown instanceof RestError && thrown.statusCode === 404;
        return { ok: false, reason: isMissing ? "There is no such blob." : messageOf(thrown) };
      }
    },
  };
}
