import type { Clock } from "../clock.ts";

/** An event in the Event Grid schema, as a system topic of a subscription publishes it. */
export interface EventGridEvent {
  id: string;
  /** `/subscriptions/ID` for the events of Azure Resource Manager. */
  topic: string;
  subject: string;
  eventType: string;
  /** ISO 8601, UTC. */
  eventTime: string;
  data: unknown;
  dataVersion: string;
  metadataVersion: string;
}

/** One filter on a property of the event, such as `data.operationName`. */
export interface AdvancedFilter {
  /** `StringIn`, `StringContains`, `IsNotNull` and so on, without regard to case. */
  operatorType: string;
  key: string;
  values: string[];
}

/** Which events go where, and how long Event Grid tries. */
export interface EventSubscription {
  /** Tells it from all others, where topics have event subscriptions of the same name; its name where left out. */
  id?: string;
  name: string;
  /** `/subscriptions/ID`; without it, the events of every topic. */
  topic?: string;
  /** `WebHook` where left out. A function is asked like one, but proves nothing first. */
  endpointType?: "WebHook" | "AzureFunction" | "StorageQueue";
  /** The URL of a webhook or a function, with its key; or the name of a queue. */
  endpoint: string;
  eventDeliverySchema: "EventGridSchema" | "CloudEventSchemaV1_0";
  includedEventTypes?: string[];
  subjectBeginsWith?: string;
  subjectEndsWith?: string;
  /** Whether these two are compared with case. */
  isSubjectCaseSensitive?: boolean;
  advancedFilters?: AdvancedFilter[];
  /** 1 to 30; 30 when left out, as in Azure. */
  maxDeliveryAttempts?: number;
  /** 1 to 1440; 1440 when left out, as in Azure. */
  eventTimeToLiveInMinutes?: number;
  /** Name of the blob container that keeps what could not be delivered; without it such events are dropped. */
  deadLetterContainer?: string;
}

/** How often Event Grid's "at least once, in no order" shows: probabilities from 0 to 1 for each delivery. */
export interface Disorder {
  /** Delivered a second time, a little later. */
  duplicates: number;
  /** Never delivered, and nobody told: Azure promises otherwise, but a sweep must not depend on it. */
  drops: number;
  /** Held back, so that later events overtake it. */
  reordering: number;
}

/** What happened so far, counted for each delivery (one event to one subscription) except `published`. */
export interface EventGridStatistics {
  published: number;
  delivered: number;
  attempts: number;
  /** Attempts after the first. */
  retried: number;
  /** Lost by disorder, or undeliverable with no dead-letter container. */
  dropped: number;
  deadLettered: number;
  duplicated: number;
  /** On their way, or waiting for their time, a retry or the dead-letter container. */
  pending: number;
}

/** An event that was given up on. What disorder loses is told to nobody, and is not among them. */
export interface LostEvent {
  /** Milliseconds since 1970. */
  time: number;
  /** The event's topic, `/subscriptions/GUID`. */
  source: string;
  eventSubscription: string;
  became: "deadLettered" | "dropped";
}

/** What an Event Grid needs from its surroundings. */
export interface EventGridOptions {
  clock: Clock;
  /** The same seed and the same events give the same disorder. */
  seed: number;
  /** Stores an undeliverable event. While it rejects, Event Grid tries again for four hours. */
  deadLetter(container: string, event: unknown, subscription: string): Promise<void>;
  /** Writes an event into a storage queue, as one message. Rejects where that fails; without it no queue can be subscribed. */
  toQueue?(queue: string, event: string): Promise<void>;
  disorder?: Partial<Disorder>;
  log?(line: string): void;
}

/** An Event Grid on localhost. */
export interface EventGrid {
  /**
   * Does the handshake, then delivers to the endpoint; where there is none to do, from the call on. Rejects, saying why, when the endpoint
   * or a filter is refused.
   */
  subscribe(subscription: EventSubscription): Promise<void>;
  /** Ends a subscription with all that waits for it. An unknown id is no error. */
  unsubscribe(id: string): void;
  /** Takes an event for delivery to every subscription whose filters match it. */
  publish(event: EventGridEvent): void;
  readonly statistics: EventGridStatistics;
  /** The last ten thousand, oldest first. */
  readonly lost: readonly LostEvent[];
  /** May be changed at any time; counts for the events published from then on. */
  readonly disorder: Disorder;
  /**
   * Resolves when no request is on its way and none is due. What the clock holds for later (a retry, a delivery held
   * back, a dead-letter) does not count: `statistics.pending` tells of it. With a clock that a test advances, do so by
   * less than the 30 s of answer time while requests are on their way, or they time out.
   */
  idle(): Promise<void>;
  /** Ends everything at once; nothing is delivered after it. */
  close(): void;
}
