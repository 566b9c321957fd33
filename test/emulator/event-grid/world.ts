import { type ManualClock, manualClock } from "../../../emulator/clock.ts";
import { createEventGrid, type EventGrid, type EventGridOptions } from "../../../emulator/event-grid/index.ts";
import { startTestWebhook, type TestWebhook } from "./webhook.ts";

/** An Event Grid with a clock that stands still, a webhook, and the dead-letters that it stored. */
export interface World extends AsyncDisposable {
  clock: ManualClock;
  eventGrid: EventGrid;
  webhook: TestWebhook;
  deadLetters: { container: string; event: unknown; subscription: string }[];
  log: string[];
  /** Moves the clock on, and lets what fell due be answered. */
  pass(milliseconds: number): Promise<void>;
}

export async function createWorld(options: Partial<EventGridOptions> = {}): Promise<World> {
  const clock = manualClock(Date.parse("2026-03-01T08:00:00Z"));
  const webhook = await startTestWebhook();
  const deadLetters: World["deadLetters"] = [];
  const log: string[] = [];
  const eventGrid = createEventGrid({
    clock,
    seed: 1,
    async deadLetter(container, event, subscription) {
      deadLetters.push({ container, event, subscription });
    },
    log: (line) => log.push(line),
    ...options,
  });
  return {
    clock,
    eventGrid,
    webhook,
    deadLetters,
    log,
    async pass(milliseconds) {
      await clock.advance(milliseconds);
      await eventGrid.idle();
    },
    async [Symbol.asyncDispose]() {
      eventGrid.close();
      await webhook.close();
    },
  };
}
