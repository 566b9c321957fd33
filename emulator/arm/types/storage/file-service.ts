import { providerError } from "../../errors.ts";
import {
  isJsonObject,
  type JsonObject,
  objectAt,
  overlay,
  pick,
  textAt,
  valueAtPath,
  withoutPath,
} from "../../json.ts";
import type { PlanContext, ResourceType, WritePlan } from "../../resource-type.ts";
import type { StoredResource } from "../../store.ts";
import { storageApiVersions } from "./account.ts";

const fileServiceType = "Microsoft.Storage/storageAccounts/fileServices";

const settings = ["protocolSettings", "cors", "shareDeleteRetentionPolicy"];

/** Values that the settings of SMB may list, separated by ';' (swagger: SmbSetting). */
const smbValues: Readonly<Record<string, readonly string[]>> = {
  versions: ["SMB2.1", "SMB3.0", "SMB3.1.1"],
  authenticationMethods: ["NTLMv2", "Kerberos"],
  kerberosTicketEncryption: ["RC4-HMAC", "AES-256"],
  channelEncryption: ["AES-128-CCM", "AES-128-GCM", "AES-256-GCM"],
};

/**
 * The file service of an account (recordings: storage-file-service-*), there from the start and named `default`. A PUT
 * answers only what was sent; a GET all. A setting that a PUT sends replaces the whole setting of that name, one that
 * it leaves out stays (recorded for cors). That `protocolSettings` is replaced whole is the strictest reading.
 */
export const fileServices: ResourceType = {
  name: fileServiceType,
  level: "resourceGroup",
  apiVersions: storageApiVersions,
  contentType: "application/json",
  implicit: (context) =>
    context.parent && context.name.toLowerCase() === "default" ? fileService(context, context.parent, {}) : undefined,
  list: (scope, { store }) => {
    const parent = store.get(scope);
    const id = `${scope}/fileServices/default`;
    return parent ? [store.get(id) ?? newFileService(id, parent, {})] : [];
  },
  read: (resource, { apiVersion }) => visibleAt(apiVersion, resource.body),
  put,
  seed: (context) => fileService(context, context.parent, objectAt(context.body, "properties")),
};

function put(context: PlanContext, existing: StoredResource | undefined): WritePlan {
  const { name, parent, apiVersion } = context;
  const sent = objectAt(
    visibleAt(apiVersion, { properties: pick(objectAt(context.body, "properties"), settings) }),
    "properties",
  );
  if (name.toLowerCase() !== "default" || !existing) {
    throw providerError(
      400,
      "InvalidRequestPropertyValue",
      `The service name '${name}' is invalid: it must be 'default'.`,
    );
  }
  checkMultichannel(parent, sent);
  checkSmbValues(sent);
  const hidden = hiddenSettings(apiVersion, existing.body, sent);
  const properties = { ...objectAt(existing.body, "properties"), ...overlay(sent, hidden) };
  const { id, type } = existing;
  return {
    status: 200,
    resource: { ...existing, body: { ...existing.body, properties } },
    body: { id, name: "default", type, properties: sent },
  };
}

/** An older api-version neither shows nor changes encryptionInTransit (in the types since 2025-01-01). */
function visibleAt(apiVersion: string, body: JsonObject): JsonObject {
  if (apiVersion >= "2025-01-01") return body;
  const withoutSmb = withoutPath(body, "properties.protocolSettings.smb.encryptionInTransit");
  return withoutPath(withoutSmb, "properties.protocolSettings.nfs");
}

function hiddenSettings(apiVersion: string, existing: JsonObject, sent: JsonObject): JsonObject {
  if (apiVersion >= "2025-01-01" || !isJsonObject(sent.protocolSettings)) return {};
  const smb = valueAtPath(existing, "properties.protocolSettings.smb.encryptionInTransit");
  const nfs = valueAtPath(existing, "properties.protocolSettings.nfs");
  return {
    protocolSettings: {
      ...(smb !== undefined && { smb: { encryptionInTransit: smb } }),
      ...(nfs !== undefined && { nfs }),
    },
  };
}

function fileService(context: PlanContext, parent: StoredResource | undefined, properties: JsonObject): StoredResource {
  return newFileService(context.id, parent, properties);
}

function newFileService(id: string, parent: StoredResource | undefined, properties: JsonObject): StoredResource {
  const sku = objectAt(parent?.body, "sku");
  const smb = isPremium(parent) ? { multichannel: { enabled: false } } : {};
  const defaults: JsonObject = {
    protocolSettings: { smb },
    cors: { corsRules: [] },
    shareDeleteRetentionPolicy: { enabled: true, days: 7 },
  };
  const own = id.replace(/\/fileservices\/default$/i, "/fileServices/default");
  const body = { sku, id: own, name: "default", type: fileServiceType, properties: overlay(defaults, properties) };
  return { id: own, type: fileServiceType, body };
}

function isPremium(account: StoredResource | undefined): boolean {
  return textAt(objectAt(account?.body, "sku"), "tier") === "Premium";
}

/** Recorded: storage-file-service-409. */
function checkMultichannel(account: StoredResource | undefined, sent: JsonObject): void {
  if (isPremium(account) || valueAtPath(sent, "protocolSettings.smb.multichannel.enabled") !== true) return;
  throw providerError(409, "FeatureNotSupportedForAccount", "SMB Multichannel is not supported for the account.");
}

function checkSmbValues(sent: JsonObject): void {
  for (const [name, allowed] of Object.entries(smbValues)) {
    const value = valueAtPath(sent, `protocolSettings.smb.${name}`);
    if (typeof value !== "string" || value === "") continue;
    const wrong = value.split(";").filter((each) => each !== "" && !allowed.includes(each));
    if (wrong.length === 0) continue;
    throw providerError(
      400,
      "InvalidValuesForRequestParameters",
      `Values for request parameters are invalid: protocolSettings.smb.${name}.`,
    );
  }
}
