import * as z from "zod";
import { baselines } from "../baselines/index.ts";
import { changeMessageSchema } from "../events/cause.ts";
import { parseEvent } from "../events/parse-event.ts";
import { type InvocationLogger, jsonLinesLog } from "../log.ts";
import { service, storage } from "../service/service.ts";
import { sweepPageSchema } from "../sweep/sweep.ts";
import { answering, configurationAnswer, type HttpAnswer } from "./http-answer.ts";
import { takeEvent } from "./take-event.ts";

const keptSchema = z.object({ reason: z.string(), message: z.string() });
const keptEventSchema = z.object({ reason: z.string(), event: z.string() });

/**
 * Puts back to work what is kept because it failed for good: messages that were tried in vain, and events that could not be read and can
 * be by now. What still can't be read stays. Answers with how many of each queue were put back, and how many stay. `POST /api/replay`
 */
export function replay(logger: InvocationLogger): Promise<HttpAnswer> {
  return answering(logger, async () => {
    const configured = service();
    if (!configured.ok) return configurationAnswer(configured.problems);
    const { poison, eventsPoison, sweepsPoison, unreadable } = storage();
    const taken = {
      poison: await poison.takeEach(sendBack),
      poisonOfEvents: await eventsPoison.takeEach((event) => takeEventBack(event, logger)),
      poisonOfSweeps: await sweepsPoison.takeEach(sendBack),
      unreadable: await unreadable.takeEach((message) => takeAgain(message, logger)),
    };
    const counts = (of: "done" | "left") =>
      Object.fromEntries(Object.entries(taken).map(([queue, count]) => [queue, count[of]]));
    const result = { replayed: counts("done"), left: counts("left") };
    jsonLinesLog(logger).info("replayed", result);
    return { status: 200, jsonBody: result };
  });
}

/** A message goes back as if it had come just now. */
async function sendBack(kept: string): Promise<boolean> {
  const wrapped = keptSchema.safeParse(jsonIn(kept));
  const message = wrapped.success ? jsonIn(wrapped.data.message) : jsonIn(kept);
  const change = changeMessageSchema.safeParse(message);
  if (change.success) {
    await storage().changes.send(JSON.stringify({ ...change.data, attempt: 0 }), 0);
    return true;
  }
  const page = sweepPageSchema.safeParse(message);
  if (page.success) await storage().sweeps.send(JSON.stringify({ ...page.data, attempt: 0 }), 0);
  return page.success;
}

/** As Event Grid wrote it; what can't be read goes where such events are kept. */
async function takeEventBack(text: string, logger: InvocationLogger): Promise<boolean> {
  await takeEvent(jsonIn(text) ?? text, logger);
  return true;
}

async function takeAgain(kept: string, logger: InvocationLogger): Promise<boolean> {
  const wrapped = keptEventSchema.safeParse(jsonIn(kept));
  const event = wrapped.success ? jsonIn(wrapped.data.event) : undefined;
  if (event === undefined || parseEvent(event, baselines).kind === "unreadable") return false;
  await takeEvent(event, logger);
  return true;
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
