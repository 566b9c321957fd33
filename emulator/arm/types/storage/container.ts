import { randomUUID } from "node:crypto";
import { providerError } from "../../errors.ts";
import { type JsonObject, merge, objectAt, overlay, pick } from "../../json.ts";
import type { PlanContext, ResourceType, WritePlan } from "../../resource-type.ts";
import type { StoredResource } from "../../store.ts";
import { storageApiVersions } from "./account.ts";

const containerType = "Microsoft.Storage/storageAccounts/blobServices/containers";

const writable = [
  "publicAccess",
  "metadata",
  "defaultEncryptionScope",
  "denyEncryptionScopeOverride",
  "immutableStorageWithVersioning",
  "enableNfsV3RootSquash",
  "enableNfsV3AllSquash",
];

/** Blob containers (swagger: blob.json). */
export const containers: ResourceType = {
  name: containerType,
  level: "resourceGroup",
  apiVersions: storageApiVersions,
  contentType: "application/json",
  notFound: () => providerError(404, "ContainerNotFound", "The specified container does not exist."),
  put: (context, existing) => (existing ? update(context, existing) : create(context)),
  patch: update,
  delete: () => ({ status: 200 }),
  seed: (context) => container(context, objectAt(context.body, "properties")),
};

function create(context: PlanContext): WritePlan {
  if (!/^(\$root|\$web|(?!.*--)[a-z0-9][a-z0-9-]{1,61}[a-z0-9])$/.test(context.name)) {
    throw providerError(400, "InvalidResourceName", "The specified resource name contains invalid characters.");
  }
  const sent = checked(pick(objectAt(context.body, "properties"), writable));
  const resource = container(context, sent);
  return { status: 201, resource, body: answer(resource, sent) };
}

function update(context: PlanContext, existing: StoredResource): WritePlan {
  const sent = checked(pick(objectAt(context.body, "properties"), writable));
  const properties = merge(objectAt(existing.body, "properties"), { ...sent, lastModifiedTime: context.now });
  const resource = { ...existing, body: { ...existing.body, etag: newEtag(), properties } };
  return { status: 200, resource, body: answer(resource, sent) };
}

function checked(sent: JsonObject): JsonObject {
  const { publicAccess } = sent;
  if (publicAccess === undefined || ["None", "Blob", "Container"].some((one) => one === publicAccess)) return sent;
  throw providerError(
    400,
    "InvalidValuesForRequestParameters",
    "Values for request parameters are invalid: publicAccess.",
  );
}

function container({ id, name, now }: PlanContext, properties: JsonObject): StoredResource {
  const defaults: JsonObject = {
    defaultEncryptionScope: "$account-encryption-key",
    denyEncryptionScopeOverride: false,
    publicAccess: "None",
    leaseStatus: "Unlocked",
    leaseState: "Available",
    lastModifiedTime: now,
    hasImmutabilityPolicy: false,
    hasLegalHold: false,
  };
  const body = { id, name, type: containerType, etag: newEtag(), properties: overlay(defaults, properties) };
  return { id, type: containerType, body };
}

/** A create and an update answer the entity with what was sent. */
function answer({ id, body }: StoredResource, sent: JsonObject): JsonObject {
  return { id, name: body.name ?? "", type: containerType, etag: body.etag ?? "", properties: sent };
}

function newEtag(): string {
  return `"0x8D${randomUUID().replaceAll("-", "").slice(0, 13).toUpperCase()}"`;
}
