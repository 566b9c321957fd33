import { type BlockBlobClient, type ContainerClient, RestError } from "@azure/storage-blob";
import * as z from "zod";
import { CodedError, messageOf } from "../errors.ts";
import { storageLimit } from "../storage-limit.ts";
import type { PolicyVersions, StoredPolicy } from "./policy-versions.ts";

const storedSchema = z.object({
  hash: z.string(),
  acceptedAt: z.string(),
  source: z.string(),
  changedAt: z.string().optional(),
  changedBy: z.string().optional(),
});

/** Says which version holds. */
const newestName = "newest.json";

/**
 * Versions of the policy in a blob container: the text of each under its hash, who made it hold and when beside it, and one blob that names
 * the newest.
 */
export function blobPolicyVersions(container: ContainerClient): PolicyVersions {
  const blob = (name: string) => container.getBlockBlobClient(name);
  return {
    newest: () =>
      asked(async () => {
        const found = await download(blob(newestName));
        return found && { stored: storedSchema.parse(JSON.parse(found.text)), version: found.etag };
      }),

    textOf: (hash) =>
      asked(async () => {
        const found = await download(blob(textName(hash)));
        if (!found) throw new Error(`the text of version ${hash} is gone`);
        return found.text;
      }),

    accept: (policy, text, before) =>
      asked(async () => {
        await container.createIfNotExists(storageLimit());
        await upload(blob(textName(policy.hash)), text, {});
        await upload(blob(recordName(policy)), JSON.stringify(policy), {});
        const conditions = before ? { ifMatch: before.version } : { ifNoneMatch: "*" };
        const version = await upload(blob(newestName), JSON.stringify(policy), conditions);
        return version === undefined ? undefined : { stored: policy, version };
      }),

    isRefused: (hash) => asked(() => blob(refusedName(hash)).exists(storageLimit())),

    markRefused: (hash, problems) =>
      asked(async () => {
        await container.createIfNotExists(storageLimit());
        await upload(blob(refusedName(hash)), JSON.stringify({ hash, problems }), {});
      }),

    isToldToEnd: (exemptionId) => asked(() => blob(toldName(exemptionId)).exists(storageLimit())),

    markToldToEnd: (exemptionId) =>
      asked(async () => {
        await container.createIfNotExists(storageLimit());
        await upload(blob(toldName(exemptionId)), JSON.stringify({ exemptionId }), {});
      }),
  };
}

function textName(hash: string): string {
  return `versions/${hash}.yaml`;
}

/** A version may hold more than once; each time stands by itself. */
function recordName({ hash, acceptedAt }: StoredPolicy): string {
  return `accepted/${acceptedAt.replaceAll(":", "-")}-${hash}.json`;
}

function refusedName(hash: string): string {
  return `refused/${hash}.json`;
}

function toldName(exemptionId: string): string {
  return `ending/${exemptionId}.json`;
}

async function download(blob: BlockBlobClient): Promise<{ text: string; etag: string } | undefined> {
  try {
    const { etag = "" } = await blob.getProperties(storageLimit());
    const bytes = await blob.downloadToBuffer(0, undefined, { ...storageLimit(), conditions: { ifMatch: etag } });
    return { text: bytes.toString("utf8"), etag };
  } catch (thrown) {
    if (thrown instanceof RestError && thrown.statusCode === 404) return undefined;
    throw thrown;
  }
}

/** The new version's name; nothing where a condition was not met. */
async function upload(
  blob: BlockBlobClient,
  text: string,
  conditions: { ifMatch?: string; ifNoneMatch?: string },
): Promise<string | undefined> {
  try {
    const { etag } = await blob.upload(text, Buffer.byteLength(text), { conditions, ...storageLimit() });
    return etag ?? "";
  } catch (thrown) {
    if (thrown instanceof RestError && (thrown.statusCode === 412 || thrown.statusCode === 409)) return undefined;
    throw thrown;
  }
}

async function asked<Value>(work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (thrown) {
    throw new CodedError("storage-unavailable", `Policy: ${messageOf(thrown)}`, [], { cause: thrown });
  }
}
