import { createHash, createHmac, randomUUID } from "node:crypto";
import { providerError } from "../../errors.ts";
import { type JsonObject, objectAt, overlay, textAt } from "../../json.ts";
import type { PlanContext, ResourceAction } from "../../resource-type.ts";
import type { StoredResource } from "../../store.ts";

/** The POSTs on an account that give out or change secrets; each raises ResourceActionSuccess. */
export const accountActions: Readonly<Record<string, ResourceAction>> = {
  listkeys: {
    name: "listKeys",
    perform: (_context, account) => ({ answer: json({ keys: keyList(account) }) }),
  },
  regeneratekey: { name: "regenerateKey", perform: regenerateKey },
  listaccountsas: {
    name: "listAccountSas",
    perform: ({ body }, account) => ({ answer: json({ accountSasToken: accountSas(body, account) }) }),
  },
  listservicesas: {
    name: "listServiceSas",
    perform: ({ body }, account) => ({ answer: json({ serviceSasToken: serviceSas(body, account) }) }),
  },
};

/** Two keys of the real length (64 bytes, base64), the same for the same account and time, so that a run can be replayed. */
export function newKeys(name: string, time: string): JsonObject {
  return { key1: keyValue(`${name}/key1/${time}`), key2: keyValue(`${name}/key2/${time}`) };
}

function keyValue(seed: string): string {
  return createHash("sha512").update(seed).digest("base64");
}

function keyList(account: StoredResource): JsonObject[] {
  const times = objectAt(objectAt(account.body, "properties"), "keyCreationTime");
  return ["key1", "key2"].map((keyName) => ({
    ...(times[keyName] && { creationTime: times[keyName] }),
    keyName,
    value: textAt(account.secrets, keyName) ?? "",
    permissions: "FULL",
  }));
}

function regenerateKey(context: PlanContext, account: StoredResource) {
  const keyName = textAt(context.body, "keyName") ?? "";
  if (keyName !== "key1" && keyName !== "key2") {
    throw providerError(
      400,
      "InvalidValuesForRequestParameters",
      "Values for request parameters are invalid: keyName.",
    );
  }
  const resource = {
    ...account,
    body: overlay(account.body, { properties: { keyCreationTime: { [keyName]: context.now } } }),
    secrets: { ...account.secrets, [keyName]: keyValue(`${account.id}/${keyName}/${context.now}/${randomUUID()}`) },
  };
  return { answer: json({ keys: keyList(resource) }), resource };
}

/** Without signedProtocol the token says nothing about HTTPS: the service then allows HTTP too (docs: Create an account SAS). */
function accountSas(sent: JsonObject, account: StoredResource): string {
  requireFields(sent, ["signedServices", "signedResourceTypes", "signedPermission", "signedExpiry"]);
  return token(account, sent, [
    ["sv", "2015-04-05"],
    ["ss", textAt(sent, "signedServices")],
    ["srt", textAt(sent, "signedResourceTypes")],
    ["sp", textAt(sent, "signedPermission")],
    ["st", seconds(textAt(sent, "signedStart"))],
    ["se", seconds(textAt(sent, "signedExpiry"))],
    ["sip", textAt(sent, "signedIp")],
    ["spr", textAt(sent, "signedProtocol")],
  ]);
}

function serviceSas(sent: JsonObject, account: StoredResource): string {
  requireFields(sent, ["canonicalizedResource"]);
  return token(account, sent, [
    ["sv", "2015-04-05"],
    ["sr", textAt(sent, "signedResource")],
    ["si", textAt(sent, "signedIdentifier")],
    ["st", seconds(textAt(sent, "signedStart"))],
    ["se", seconds(textAt(sent, "signedExpiry"))],
    ["sp", textAt(sent, "signedPermission")],
    ["sip", textAt(sent, "signedIp")],
    ["spr", textAt(sent, "signedProtocol")],
  ]);
}

function token(account: StoredResource, sent: JsonObject, fields: [string, string | undefined][]): string {
  const key = textAt(account.secrets, textAt(sent, "keyToSign") ?? "key1") ?? "";
  const parts = fields.flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${name === "spr" ? value : encodeURIComponent(value)}`],
  );
  const canonical = textAt(sent, "canonicalizedResource") ?? textAt(account.body, "name") ?? "";
  const signature = createHmac("sha256", Buffer.from(key, "base64"))
    .update([canonical, ...parts].join("\n"))
    .digest("base64");
  return [...parts, `sig=${encodeURIComponent(signature)}`].join("&");
}

/** The service cuts a time to whole seconds. */
function seconds(time: string | undefined): string | undefined {
  return time?.replace(/\.\d+Z$/, "Z");
}

function requireFields(sent: JsonObject, names: readonly string[]): void {
  const missing = names.filter((name) => !textAt(sent, name));
  if (missing.length === 0) return;
  throw providerError(
    400,
    "InvalidValuesForRequestParameters",
    `Values for request parameters are invalid: ${missing.join(", ")}.`,
  );
}

function json(body: JsonObject) {
  return { status: 200, headers: { "content-type": "application/json" }, body };
}
