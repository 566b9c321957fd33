import { isJsonObject, type Json, type JsonObject, leafPaths, mergePatch, valueAt } from "../json.ts";
import { changeStateOf } from "./change-state.ts";
import { whyPutWouldLose } from "./lost-names.ts";
import type { ProviderAccess } from "./provider-access.ts";
import { ownRefusal, unsent } from "./refusal.ts";
import { storageLimits } from "./request-limits.ts";
import type { ResourceId } from "./resource-id.ts";
import type { PartsResult, Refusal, ResourceType, WriteOptions, WriteResult } from "./resource-type.ts";
import { createWire, unexpectedAnswer, type Wire, type WireAnswer } from "./wire.ts";

const fileServicesType = "Microsoft.Storage/storageAccounts/fileServices";
/** What the file service sets itself. Source: `readOnly` in Microsoft.Storage file.json; the SKU is the account's. */
const readOnlyNames = new Set(["sku"]);
/** Of a write that Azure has not ended, or that could not be read back. */
const secondsUntilNextLook = 10;
/** An account with more pages of shares is left to a person. */
const mostSharePages = 20;

/**
 * Storage accounts, with the parts `fileServices` (fileServices/default) and `fileShares` (all its shares).
 * Source of shapes: Microsoft.Storage storage.json and file.json, and recorded answers.
 */
export function storageAccounts(access: ProviderAccess): ResourceType {
  async function wireFor(id: ResourceId): Promise<Wire> {
    return createWire(await access.pipelineFor(id.subscriptionId), access.endpoint, access.apiVersion);
  }

  return {
    type: "Microsoft.Storage/storageAccounts",
    limits: storageLimits,
    volatilePaths: ["properties.provisioningState", "etag", "systemData"],

    async read(id, _occasion, signal) {
      const wire = await wireFor(id);
      const answer = await wire.get(id.text, signal);
      if (answer.kind === "refused") return answer;
      if (!isJsonObject(answer.body.properties)) return unexpectedAnswer(answer.status);
      return { kind: "read", resource: { id: id.text, body: answer.body, parts: {} }, ...changeStateOf(answer.body) };
    },

    async readParts(id, names, signal) {
      const wire = await wireFor(id);
      const parts: { [name: string]: Json } = {};
      for (const name of names) {
        const part = await readPart(wire, id, name, signal);
        if (part.kind === "refused") return part;
        Object.assign(parts, part.parts);
      }
      return { kind: "read", parts };
    },

    async write(id, change, options) {
      const wire = await wireFor(id);
      if (change.part === "fileServices") return await writeFileServices(access, id, change.patch, options);
      const answer = await wire.patch(id.text, change.patch, options);
      if (answer.kind === "refused") return answer;
      return isSucceeded(answer.body)
        ? { kind: "done", body: answer.body }
        : { kind: "started", lookAgainSeconds: secondsUntilNextLook };
    },
  };
}

/** Only then does the answer of a write stand for a read of what it did. */
function isSucceeded(body: JsonObject): boolean {
  return valueAt(body, "properties.provisioningState") === "Succeeded";
}

async function readPart(wire: Wire, id: ResourceId, name: string, signal: AbortSignal): Promise<PartsResult> {
  if (name === "fileShares") return await readShares(wire, id, signal);
  if (name !== "fileServices") throw new TypeError(`Storage accounts have no part ${name}.`);
  const answer = await wire.get(`${id.text}/fileServices/default`, signal);
  if (answer.kind === "answer" && !isJsonObject(answer.body.properties)) return unexpectedAnswer(answer.status);
  if (answer.kind === "answer") return { kind: "read", parts: { fileServices: answer.body } };
  return hasNoFileService(answer) ? { kind: "read", parts: { fileServices: null } } : answer;
}

async function readShares(wire: Wire, id: ResourceId, signal: AbortSignal): Promise<PartsResult> {
  const shares: Json[] = [];
  let skip = "";
  for (let page = 0; page < mostSharePages; page += 1) {
    const answer = await wire.get(
      `${id.text}/fileServices/default/shares`,
      signal,
      skip === "" ? {} : { $skipToken: skip },
    );
    if (answer.kind === "refused") {
      return hasNoFileService(answer) ? { kind: "read", parts: { fileShares: [] } } : answer;
    }
    if (!Array.isArray(answer.body.value)) return unexpectedAnswer(answer.status);
    shares.push(...answer.body.value);
    if (!answer.body.nextLink) return { kind: "read", parts: { fileShares: shares } };
    skip = skipTokenIn(answer.body.nextLink);
    if (skip === "") return unexpectedAnswer(answer.status);
  }
  return tooManyShares;
}

/** Only the token of a next link is used: its host and path are Azure's to name, but ours to choose. */
function skipTokenIn(nextLink: Json | undefined): string {
  if (typeof nextLink !== "string" || !URL.canParse(nextLink)) return "";
  const parameters = [...new URL(nextLink).searchParams];
  return parameters.find(([name]) => name.toLowerCase() === "$skiptoken")?.[1] ?? "";
}

const tooManyShares: PartsResult = {
  kind: "refused",
  refusal: ownRefusal("invalid", "too-many-shares", "The account has more file shares than are looked through."),
};

/** Accounts of a kind without Azure Files answer the file service with `FeatureNotSupportedForAccount`. */
function hasNoFileService(answer: Extract<WireAnswer, { kind: "refused" }>): boolean {
  const { refusal } = answer;
  return refusal.own === undefined && refusal.code === "FeatureNotSupportedForAccount";
}

/** The file service knows PUT only, and cors and retention share the resource: read, merge, write. */
async function writeFileServices(
  { pipelineFor, endpoint, apiVersion }: ProviderAccess,
  id: ResourceId,
  patch: JsonObject,
  options: WriteOptions,
): Promise<WriteResult> {
  const wireAt = async (version: string) => createWire(await pipelineFor(id.subscriptionId), endpoint, version);
  const wire = await wireAt(apiVersion);
  const path = `${id.text}/fileServices/default`;
  const before = await wire.get(path, options.signal);
  if (before.kind === "refused") return unsent(ofPart(before.refusal));
  if (leafPaths(patch).some((path) => isSetOtherwise(before.body, patch, path))) return changedMeanwhile;
  const replaced = { id, path, shown: before.body, type: fileServicesType, apiVersion, readOnlyNames };
  const refusal = await whyPutWouldLose(replaced, wireAt, options.signal);
  if (refusal) return unsent(ofPart(refusal));
  const { properties } = before.body;
  const merged = mergePatch({ properties: properties ?? {} }, patch);
  const answer = await wire.put(path, isJsonObject(merged) ? merged : {}, options);
  if (answer.kind === "refused") return { ...answer, refusal: ofPart(answer.refusal) };
  // The PUT answers only what was sent: a read shows whether it took, before anything that relies on it is written.
  const after = await wire.get(path, options.signal);
  if (after.kind === "refused") return { kind: "started", lookAgainSeconds: secondsUntilNextLook };
  const took = leafPaths(patch).every((leaf) => (valueAt(after.body, leaf) ?? null) === valueAt(patch, leaf));
  return took ? { kind: "done" } : notTaken;
}

/** A file service that is gone says nothing about its account. */
function ofPart(refusal: Refusal): Refusal {
  return refusal.kind === "gone" ? { ...refusal, kind: "later" } : refusal;
}

const notTaken: WriteResult = {
  kind: "refused",
  refusal: ownRefusal(
    "invalid",
    "setting-not-taken",
    "Azure accepted the setting of the file service, but does not show it afterwards.",
  ),
};

/**
 * A setting that somebody made explicit since the guard looked is theirs: judged again, not overwritten. What a patch removes was made
 * explicit by the fix that it takes back.
 */
function isSetOtherwise(body: JsonObject, patch: JsonObject, path: string): boolean {
  const value = valueAt(body, path);
  if (valueAt(patch, path) === null) return false;
  return value !== undefined && value !== null && value !== valueAt(patch, path);
}

const changedMeanwhile = unsent(
  ownRefusal("later", "changed-meanwhile", "The file service was changed between the read and the write."),
);
