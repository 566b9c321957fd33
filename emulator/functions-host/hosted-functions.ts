import { readRoute } from "./http-trigger.ts";
import type { HostedFunction } from "./invoker.ts";
import type { Log } from "./log.ts";
import type { Binding, FunctionMetadata } from "./protocol.ts";
import { parseSchedule } from "./schedule.ts";

const knownTriggers = ["httptrigger", "queuetrigger", "eventgridtrigger", "timertrigger"];

/**
 * The functions that the host can run: `%NAME%` in the members of their bindings is replaced by app settings. A
 * function that names a missing setting, has a route, schedule or binding that cannot be read or is not known here, or
 * is disabled by the setting `AzureWebJobs.NAME.Disabled` is left out and logged, and the others run, as in the real
 * host.
 */
export function hostFunctions(
  functions: FunctionMetadata[],
  settings: Record<string, string>,
  log: Log,
): HostedFunction[] {
  if (functions.length === 0) log({ level: "warning", source: "host", message: "No job functions found." });
  const hosted: HostedFunction[] = [];
  for (const metadata of functions) {
    if (/^(true|1)$/i.test(settings[`AzureWebJobs.${metadata.name}.Disabled`] ?? "")) {
      log({ level: "information", source: "host", message: `Function '${metadata.name}' is disabled.` });
      continue;
    }
    try {
      hosted.push(toHostedFunction(metadata, settings));
    } catch (error) {
      const message = `The '${metadata.name}' function is in error: ${error instanceof Error ? error.message : error}`;
      log({ level: "error", source: "host", message, functionName: metadata.name });
    }
  }
  return hosted;
}

function toHostedFunction(metadata: FunctionMetadata, settings: Record<string, string>): HostedFunction {
  const bindings: Record<string, Binding> = {};
  for (const [name, binding] of Object.entries(metadata.bindings)) bindings[name] = resolveBinding(binding, settings);
  const [triggerName, trigger] = Object.entries(bindings).find(([, { type }]) => /trigger$/i.test(type)) ?? [];
  if (triggerName === undefined || !trigger) throw new Error("No trigger binding specified.");
  const triggerType = trigger.type.toLowerCase();
  if (!knownTriggers.includes(triggerType)) throw new Error(`This host has no trigger of type '${trigger.type}'.`);
  if (triggerType === "httptrigger") readRoute(metadata.name, trigger);
  if (triggerType === "timertrigger") parseSchedule(String(trigger.schedule));
  for (const [name, { type, direction }] of Object.entries(bindings)) {
    if (name === triggerName || (direction === "out" && /^(http|queue)$/i.test(type))) continue;
    throw new Error(`This host has no ${direction}put binding of type '${type}'.`);
  }
  return { name: metadata.name, triggerName, triggerType, trigger, metadata: { name: metadata.name, bindings } };
}

function resolveBinding(binding: Binding, settings: Record<string, string>): Binding {
  const resolved = { ...binding };
  for (const [member, value] of Object.entries(binding)) {
    if (typeof value === "string" && member !== "type" && member !== "direction") {
      resolved[member] = resolveSettings(value, settings);
    }
  }
  return resolved;
}

function resolveSettings(text: string, settings: Record<string, string>): string {
  return text.replaceAll(/%([^%]+)%/g, (placeholder, name: string) => {
    const value = settings[name];
    if (value === undefined) throw new Error(`'${placeholder}' does not resolve to a value.`);
    return value;
  });
}
