import { readFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";

/** What this host reads of host.json. Times are milliseconds. Defaults are those of the real host. */
export interface HostConfiguration {
  routePrefix: string;
  /** Undefined: no limit. */
  functionTimeout: number | undefined;
  queues: {
    batchSize: number;
    newBatchThreshold: number;
    maxDequeueCount: number;
    visibilityTimeout: number;
    maxPollingInterval: number;
    messageEncoding: "base64" | "none";
  };
}

/**
 * Reads `host.json` of a package. App settings named `AzureFunctionsJobHost__a__b` win over it, as in Azure.
 * Throws when the file is missing, is not JSON, or holds a value that the real host refuses.
 */
export async function readHostConfiguration(
  packageDirectory: string,
  settings: Record<string, string>,
): Promise<HostConfiguration> {
  const text = await readFile(path.join(packageDirectory, "host.json"), "utf8");
  const parsed = hostJson.parse(withOverrides(JSON.parse(text), settings));
  const { queues } = parsed.extensions;
  return {
    routePrefix: parsed.extensions.http.routePrefix,
    functionTimeout: parsed.functionTimeout,
    queues: {
      ...queues,
      // On plans with more than one core the real host multiplies this by their number.
      newBatchThreshold: queues.newBatchThreshold ?? Math.floor(queues.batchSize / 2),
    },
  };
}

/** Milliseconds of a .NET TimeSpan such as `00:00:01.500` or `1.00:00:00`, undefined when it is none. */
export function parseTimeSpan(text: string): number | undefined {
  const match = /^(?:(\d+)\.)?(\d{1,2}):(\d{2})(?::(\d{2}(?:\.\d{1,7})?))?$/.exec(text);
  if (!match) return undefined;
  const [, days = "0", hours = "0", minutes = "0", seconds = "0"] = match;
  return ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60_000 + Number(seconds) * 1000;
}

const timeSpan = z.string().transform((text, context) => {
  const milliseconds = parseTimeSpan(text);
  if (milliseconds !== undefined) return milliseconds;
  context.addIssue({ code: "custom", message: `not a time span (hh:mm:ss): ${text}` });
  return z.NEVER;
});

const queues = z.object({
  batchSize: z.coerce.number().int().min(1).max(32).default(16),
  newBatchThreshold: z.coerce.number().int().min(1).optional(),
  maxDequeueCount: z.coerce.number().int().min(1).default(5),
  visibilityTimeout: timeSpan.default(0),
  // The real host refuses less than its minimum of 100 ms.
  maxPollingInterval: timeSpan.pipe(z.number().min(100)).default(60_000),
  messageEncoding: z
    .string()
    .toLowerCase()
    .pipe(z.enum(["base64", "none"]))
    .default("base64"),
});

const hostJson = z.object({
  version: z.literal("2.0"),
  // 30 minutes where the plan sets no other default; -1 is without limit.
  functionTimeout: z.union([z.literal("-1").transform(() => undefined), timeSpan]).default(30 * 60_000),
  extensions: z
    .object({
      http: z.object({ routePrefix: z.string().default("api") }).prefault({}),
      queues: queues.prefault({}),
    })
    .prefault({}),
});

function withOverrides(document: unknown, settings: Record<string, string>): unknown {
  let result = document;
  for (const [name, value] of Object.entries(settings)) {
    const [prefix, ...keys] = name.split("__");
    if (prefix?.toLowerCase() === "azurefunctionsjobhost") result = withValue(result, keys, value);
  }
  return result;
}

function withValue(document: unknown, keys: string[], value: string): unknown {
  const [key, ...rest] = keys;
  if (key === undefined) return value;
  const object: Record<string, unknown> = typeof document === "object" && document !== null ? { ...document } : {};
  const existing = Object.keys(object).find((name) => name.toLowerCase() === key.toLowerCase()) ?? key;
  object[existing] = withValue(object[existing], rest, value);
  return object;
}
