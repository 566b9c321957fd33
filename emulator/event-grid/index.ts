import { type DeliveryContext, deliver } from "./delivery.ts";
import { checkFilters, matches } from "./filters.ts";
import { handshake } from "./handshake.ts";
import { createLane } from "./lane.ts";
import { seededRandom } from "./random.ts";
import { MAX_DELIVERY_ATTEMPTS, MAX_TIME_TO_LIVE_IN_MINUTES } from "./retry.ts";
import type { Disorder, EventGrid, EventGridEvent, EventGridOptions, EventSubscription, LostEvent } from "./types.ts";

export { deadLetterToBlobs } from "./dead-letter-blobs.ts";
export type {
  AdvancedFilter,
  Disorder,
  EventGrid,
  EventGridEvent,
  EventGridOptions,
  EventGridStatistics,
  EventSubscription,
} from "./types.ts";

/** Requests under way at the same time: plenty for one endpoint on localhost, and few enough for its sockets. */
const CONCURRENT_REQUESTS = 64;
/** The longest that disorder holds a delivery back. Azure states no bound; seconds are enough to overtake. */
const LONGEST_HOLD = 5_000;
const LOST_KEPT = 10_000;

interface ActiveSubscription {
  subscription: EventSubscription;
  ended: AbortController;
}

/**
 * Creates an Event Grid that behaves towards webhooks as Azure's does: handshake, filters, both delivery schemas, the
 * retry schedule, dead-lettering, and (by `disorder`, from the seed) duplicates, reordering and losses.
 */
export function createEventGrid(options: EventGridOptions): EventGrid {
  const { clock } = options;
  const log = options.log ?? (() => undefined);
  const random = seededRandom(options.seed);
  const lane = createLane(CONCURRENT_REQUESTS);
  const closed = new AbortController();
  const active = new Map<string, ActiveSubscription>();
  const disorder: Disorder = { duplicates: 0, drops: 0, reordering: 0, ...options.disorder };
  const statistics = {
    published: 0,
    delivered: 0,
    attempts: 0,
    retried: 0,
    dropped: 0,
    deadLettered: 0,
    duplicated: 0,
    pending: 0,
  };
  const lost: LostEvent[] = [];
  const context: DeliveryContext = {
    clock,
    statistics,
    deadLetter: (container, event, subscription) => options.deadLetter(container, event, subscription),
    toQueue: async (queue, event) => {
      if (!options.toQueue) throw new Error("This Event Grid knows no storage queues");
      await options.toQueue(queue, event);
    },
    lose(event) {
      lost.push(event);
      if (lost.length > LOST_KEPT) lost.shift();
    },
    log,
    run: lane.run,
  };

  function send(event: EventGridEvent, { subscription, ended }: ActiveSubscription): void {
    // Always the same number of draws, so that changing one probability leaves the other choices as they were.
    const [drop, duplicate, reorder, hold, gap] = [random(), random(), random(), random(), random()];
    if (drop < disorder.drops) {
      statistics.dropped += 1;
      return;
    }
    const delay = reorder < disorder.reordering ? holdFor(hold) : 0;
    deliver(context, subscription, event, delay, ended.signal);
    if (duplicate >= disorder.duplicates) return;
    statistics.duplicated += 1;
    deliver(context, subscription, event, delay + holdFor(gap), ended.signal);
  }

  return {
    statistics,
    lost,
    disorder,
    async subscribe(subscription) {
      checkSubscription(subscription);
      // A queue or a function proves nothing: Azure Resource Manager knows whose it is.
      if ((subscription.endpointType ?? "WebHook") === "WebHook") {
        await handshake(clock, subscription, closed.signal, log);
      }
      if (closed.signal.aborted) throw new Error(`Event subscription ${subscription.name}: Event Grid was closed`);
      // The same one again is an update, as in Azure: what waits for the old endpoint ends.
      const id = subscription.id ?? subscription.name;
      active.get(id)?.ended.abort();
      active.set(id, { subscription: structuredClone(subscription), ended: new AbortController() });
    },
    unsubscribe(id) {
      active.get(id)?.ended.abort();
      active.delete(id);
    },
    publish(event) {
      if (closed.signal.aborted) return;
      statistics.published += 1;
      const copy = structuredClone(event);
      for (const entry of active.values()) {
        if (matches(entry.subscription, copy)) send(copy, entry);
      }
    },
    idle: lane.idle,
    close() {
      closed.abort();
      for (const { ended } of active.values()) ended.abort();
      active.clear();
    },
  };
}

function holdFor(draw: number): number {
  return 1 + Math.floor(draw * LONGEST_HOLD);
}

function checkSubscription(subscription: EventSubscription): void {
  const { name, endpoint, endpointType, maxDeliveryAttempts, eventTimeToLiveInMinutes } = subscription;
  // Azure's rule for the name: 3 to 64 letters, digits and hyphens.
  if (!/^[A-Za-z0-9-]{3,64}$/.test(name)) {
    throw new Error(`Event subscription name ${JSON.stringify(name)}: 3 to 64 letters, digits and hyphens`);
  }
  if (endpointType !== "StorageQueue" && !URL.canParse(endpoint))
    throw new Error(`Event subscription ${name}: its endpoint is not a URL`);
  checkRange(name, "maxDeliveryAttempts", maxDeliveryAttempts, MAX_DELIVERY_ATTEMPTS);
  checkRange(name, "eventTimeToLiveInMinutes", eventTimeToLiveInMinutes, MAX_TIME_TO_LIVE_IN_MINUTES);
  checkFilters(subscription);
}

function checkRange(name: string, property: string, value: number | undefined, maximum: number): void {
  if (value === undefined || (Number.isInteger(value) && value >= 1 && value <= maximum)) return;
  throw new Error(`Event subscription ${name}: ${property} is ${value}; Event Grid allows 1 to ${maximum}`);
}
