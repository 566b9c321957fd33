import { randomUUID } from "node:crypto";
import { providerError } from "../../errors.ts";
import { type JsonObject, merge, objectAt, overlay, pick, textAt } from "../../json.ts";
import { parentId } from "../../resource-id.ts";
import type { PlanContext, ResourceType, WritePlan } from "../../resource-type.ts";
import type { StoredResource } from "../../store.ts";
import { storageApiVersions } from "./account.ts";

const shareType = "Microsoft.Storage/storageAccounts/fileServices/shares";

/** File shares (swagger: file.json). `enabledProtocols` is SMB or NFS, for good; NFS needs a FileStorage account. */
export const shares: ResourceType = {
  name: shareType,
  level: "resourceGroup",
  apiVersions: storageApiVersions,
  contentType: "application/json",
  notFound: () => providerError(404, "ShareNotFound", "The specified share does not exist."),
  put: (context, existing) => (existing ? update(context, existing) : create(context)),
  patch: update,
  delete: () => ({ status: 200 }),
  seed: (context) => share(context, objectAt(context.body, "properties")),
};

function create(context: PlanContext): WritePlan {
  const sent = pick(objectAt(context.body, "properties"), [
    "metadata",
    "shareQuota",
    "enabledProtocols",
    "rootSquash",
    "accessTier",
    "signedIdentifiers",
  ]);
  if (!/^(?!.*--)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/.test(context.name)) {
    throw providerError(400, "InvalidResourceName", "The specified resource name contains invalid characters.");
  }
  checkValues(sent);
  const account = context.store.get(parentId(parentId(context.id)));
  if (sent.enabledProtocols === "NFS" && textAt(account?.body, "kind") !== "FileStorage") {
    throw providerError(409, "FeatureNotSupportedForAccount", "NFS is not supported for the account.");
  }
  const resource = share(context, sent);
  return { status: 201, resource, body: answer(resource, sent) };
}

function update(context: PlanContext, existing: StoredResource): WritePlan {
  const sent = pick(objectAt(context.body, "properties"), ["metadata", "shareQuota", "rootSquash", "accessTier"]);
  checkValues(sent);
  const properties = merge(objectAt(existing.body, "properties"), { ...sent, lastModifiedTime: context.now });
  const resource = { ...existing, body: { ...existing.body, etag: newEtag(), properties } };
  return { status: 200, resource, body: answer(resource, sent) };
}

function checkValues(sent: JsonObject): void {
  const { shareQuota, enabledProtocols, rootSquash } = sent;
  const wrong = [
    ...(shareQuota !== undefined && !(typeof shareQuota === "number" && shareQuota >= 1) ? ["shareQuota"] : []),
    ...(enabledProtocols !== undefined && !isOneOf(enabledProtocols, ["SMB", "NFS"]) ? ["enabledProtocols"] : []),
    ...(rootSquash !== undefined && !isOneOf(rootSquash, ["NoRootSquash", "RootSquash", "AllSquash"])
      ? ["rootSquash"]
      : []),
  ];
  if (wrong.length === 0) return;
  throw providerError(
    400,
    "InvalidValuesForRequestParameters",
    `Values for request parameters are invalid: ${wrong.join(", ")}.`,
  );
}

function share({ id, name, now }: PlanContext, properties: JsonObject): StoredResource {
  const isNfs = properties.enabledProtocols === "NFS";
  const defaults: JsonObject = {
    shareQuota: 5120,
    enabledProtocols: "SMB",
    ...(isNfs ? { rootSquash: "NoRootSquash" } : { accessTier: "TransactionOptimized", accessTierChangeTime: now }),
    lastModifiedTime: now,
    leaseStatus: "unlocked",
    leaseState: "available",
  };
  const body = { id, name, type: shareType, etag: newEtag(), properties: overlay(defaults, properties) };
  return { id, type: shareType, body };
}

/** A create and an update answer the entity with what was sent. */
function answer({ id, body }: StoredResource, sent: JsonObject): JsonObject {
  return { id, name: body.name ?? "", type: shareType, etag: body.etag ?? "", properties: sent };
}

function newEtag(): string {
  return `"0x8D${randomUUID().replaceAll("-", "").slice(0, 13).toUpperCase()}"`;
}

function isOneOf(value: unknown, allowed: readonly string[]): boolean {
  return typeof value === "string" && allowed.includes(value);
}
