import { z } from "zod";
import { exitCodes, type Output, UsageError } from "./usage.ts";

const replayedSchema = z.object({ replayed: z.record(z.string(), z.number()), left: z.record(z.string(), z.number()) });
const errorSchema = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

/** `replay`: asks the service to put back to work what it keeps. Throws a UsageError. */
export async function replayKept(environment: NodeJS.ProcessEnv, { out, error }: Output): Promise<number> {
  const { FUNCTIONS_URL: url, FUNCTIONS_KEY: key } = environment;
  if (!url || !key) throw new UsageError("Set FUNCTIONS_URL and FUNCTIONS_KEY: the service is asked.");
  const response = await fetch(new URL("/api/replay", url), { method: "POST", headers: { "x-functions-key": key } });
  const text = await response.text();
  if (!response.ok) {
    const failure = errorSchema.safeParse(jsonIn(text));
    error(failure.success ? `${failure.data.error.code}: ${failure.data.error.message}` : `Answer ${response.status}.`);
    return exitCodes.unable;
  }
  const { replayed, left } = replayedSchema.parse(jsonIn(text));
  for (const [queue, count] of Object.entries(replayed)) out(`${queue}: ${count} put back, ${left[queue] ?? 0} kept`);
  return exitCodes.good;
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
