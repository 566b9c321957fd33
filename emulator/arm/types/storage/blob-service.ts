import { isJsonObject, type JsonObject, objectAt, overlay, pick } from "../../json.ts";
import type { PlanContext, ResourceType, WritePlan } from "../../resource-type.ts";
import type { StoredResource } from "../../store.ts";
import { storageApiVersions } from "./account.ts";

const blobServiceType = "Microsoft.Storage/storageAccounts/blobServices";

const settings = [
  "cors",
  "defaultServiceVersion",
  "deleteRetentionPolicy",
  "isVersioningEnabled",
  "automaticSnapshotPolicyEnabled",
  "changeFeed",
  "restorePolicy",
  "containerDeleteRetentionPolicy",
  "lastAccessTimeTrackingPolicy",
];

/** The blob service of an account, there from the start and named `default`; a PUT answers only what was sent, as for files. */
export const blobServices: ResourceType = {
  name: blobServiceType,
  level: "resourceGroup",
  apiVersions: storageApiVersions,
  contentType: "application/json",
  implicit: ({ id, name, parent }) =>
    parent && name.toLowerCase() === "default" ? blobService(id, parent, {}) : undefined,
  list: (scope, { store }) => {
    const parent = store.get(scope);
    const id = `${scope}/blobServices/default`;
    return parent ? [store.get(id) ?? blobService(id, parent, {})] : [];
  },
  put,
  seed: ({ id, parent, body }) => blobService(id, parent, objectAt(body, "properties")),
};

function put({ id, parent, body }: PlanContext, existing: StoredResource | undefined): WritePlan {
  const sent = pick(objectAt(body, "properties"), settings);
  const before = existing ?? blobService(id, parent, {});
  const properties = { ...objectAt(before.body, "properties"), ...sent };
  return {
    status: 200,
    resource: { ...before, body: { ...before.body, properties } },
    body: { id: before.id, name: "default", type: blobServiceType, properties: sent },
  };
}

function blobService(id: string, parent: StoredResource | undefined, properties: JsonObject): StoredResource {
  const defaults: JsonObject = { cors: { corsRules: [] }, deleteRetentionPolicy: { enabled: false } };
  const own = id.replace(/\/blobservices\/default$/i, "/blobServices/default");
  const sku = parent?.body.sku;
  const body: JsonObject = {
    ...(isJsonObject(sku) && { sku }),
    id: own,
    name: "default",
    type: blobServiceType,
    properties: overlay(defaults, properties),
  };
  return { id: own, type: blobServiceType, body };
}
