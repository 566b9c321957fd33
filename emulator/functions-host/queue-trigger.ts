import type { DequeuedMessageItem } from "@azure/storage-queue";
import type { HostedFunction, Invoker } from "./invoker.ts";
import type { TypedData } from "./protocol.ts";

/**
 * Runs a function with the text of a queue message. `properties` are those of the message; top-level properties of a
 * JSON message overwrite them, as in the real host (Utility.ApplyBindingData), whatever their names.
 */
export function invokeWithQueueText(
  invoker: Invoker,
  hosted: HostedFunction,
  text: string,
  properties: Record<string, TypedData> = {},
) {
  const metadata: Record<string, TypedData> = { QueueTrigger: { string: text }, ...properties };
  for (const [name, value] of Object.entries(readBindingData(text))) {
    // .NET compares these names without case, and keeps the spelling that was there first.
    const existing = Object.keys(metadata).find((other) => other.toLowerCase() === name.toLowerCase());
    metadata[existing ?? name] = value;
  }
  return invoker.invoke(hosted, { string: text }, metadata);
}

/** The properties of a message that the real trigger gives (QueueTriggerBinding.CreateBindingData). */
export function messageProperties(message: DequeuedMessageItem): Record<string, TypedData> {
  return {
    DequeueCount: { int: message.dequeueCount },
    ExpirationTime: dateTimeOffset(message.expiresOn),
    Id: { string: message.messageId },
    InsertionTime: dateTimeOffset(message.insertedOn),
    NextVisibleTime: dateTimeOffset(message.nextVisibleOn),
    PopReceipt: { string: message.popReceipt },
  };
}

/** The text of a message, or undefined when it should be base64 and is not. */
export function decodeMessage(messageText: string, encoding: "base64" | "none"): string | undefined {
  if (encoding === "none") return messageText;
  const compact = messageText.replaceAll(/\s/g, "");
  if (compact.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(compact)) return undefined;
  return Buffer.from(compact, "base64").toString("utf8");
}

function readBindingData(text: string): Record<string, TypedData> {
  const bindingData: Record<string, TypedData> = {};
  const parsed = parseObject(text);
  for (const [name, value] of Object.entries(parsed ?? {})) {
    if (value === null || Array.isArray(value)) continue;
    if (typeof value === "object") bindingData[name] = { json: JSON.stringify(value) };
    // .NET writes its booleans with a capital.
    else if (typeof value === "boolean") bindingData[name] = { string: value ? "True" : "False" };
    else bindingData[name] = { string: String(value) };
  }
  return bindingData;
}

function parseObject(text: string): object | undefined {
  if (!/^\s*\{/.test(text)) return undefined;
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === "object" && parsed !== null ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function dateTimeOffset(date: Date): TypedData {
  return { json: JSON.stringify(date.toISOString().replace(/\.000Z$|Z$/, "+00:00")) };
}
