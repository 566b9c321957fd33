import type { AdvancedFilter, EventGridEvent, EventSubscription } from "./types.ts";

/** Azure's limits for one event subscription. Source: Microsoft's "Understand event filtering". */
const MAX_FILTERS = 25;
const MAX_VALUES = 25;
const MAX_VALUE_LENGTH = 512;

type Comparison = (actual: string, expected: string) => boolean;

const POSITIVE: Record<string, Comparison> = {
  stringin: (actual, expected) => actual === expected,
  stringbeginswith: (actual, expected) => actual.startsWith(expected),
  stringendswith: (actual, expected) => actual.endsWith(expected),
  stringcontains: (actual, expected) => actual.includes(expected),
};
const NEGATIVE: Record<string, Comparison | undefined> = {
  stringnotin: POSITIVE.stringin,
  stringnotbeginswith: POSITIVE.stringbeginswith,
  stringnotendswith: POSITIVE.stringendswith,
  stringnotcontains: POSITIVE.stringcontains,
};
const PRESENCE = new Set(["isnotnull", "isnullorundefined"]);

/** Throws, naming the filter, when a subscription asks for what Azure refuses or this Event Grid does not know. */
export function checkFilters(subscription: EventSubscription): void {
  const filters = subscription.advancedFilters ?? [];
  if (filters.length > MAX_FILTERS) {
    throw new Error(`${filters.length} advanced filters: Event Grid allows ${MAX_FILTERS} in one subscription`);
  }
  const values = filters.flatMap((filter) => filter.values);
  if (values.length > MAX_VALUES) {
    throw new Error(
      `${values.length} values in the advanced filters: Event Grid allows ${MAX_VALUES} in one subscription`,
    );
  }
  for (const filter of filters) checkFilter(filter);
}

function checkFilter(filter: AdvancedFilter): void {
  const operator = filter.operatorType.toLowerCase();
  if (PRESENCE.has(operator)) return;
  if (!POSITIVE[operator] && !NEGATIVE[operator]) {
    throw new Error(
      `advanced filter on ${filter.key}: operator ${filter.operatorType} is not known here; ` +
        "the String operators, IsNotNull and IsNullOrUndefined are",
    );
  }
  if (filter.values.length === 0) throw new Error(`advanced filter on ${filter.key} has no values`);
  if (filter.values.some((value) => value.length > MAX_VALUE_LENGTH)) {
    throw new Error(`advanced filter on ${filter.key}: a value is longer than ${MAX_VALUE_LENGTH} characters`);
  }
}

/**
 * Whether an event goes to a subscription: topic, event type, subject and every advanced filter, all without case unless the subscription
 * asks for the subject's.
 */
export function matches(subscription: EventSubscription, event: EventGridEvent): boolean {
  const { topic, includedEventTypes, subjectBeginsWith = "", subjectEndsWith = "" } = subscription;
  if (topic && !same(topic, event.topic)) return false;
  if (includedEventTypes && !includedEventTypes.some((type) => same(type, event.eventType))) return false;
  const compared = (text: string) => (subscription.isSubjectCaseSensitive ? text : text.toLowerCase());
  const subject = compared(event.subject);
  if (!subject.startsWith(compared(subjectBeginsWith)) || !subject.endsWith(compared(subjectEndsWith))) return false;
  return (subscription.advancedFilters ?? []).every((filter) => passes(filter, event));
}

/** A missing property passes the negative operators and fails the positive ones, as Azure documents it. */
function passes(filter: AdvancedFilter, event: EventGridEvent): boolean {
  const operator = filter.operatorType.toLowerCase();
  const value = property(event, filter.key);
  const missing = value === undefined || value === null;
  if (operator === "isnotnull") return !missing;
  if (operator === "isnullorundefined") return missing;

  const positive = POSITIVE[operator];
  const comparison = positive ?? NEGATIVE[operator];
  const any =
    typeof value === "string" &&
    filter.values.some((expected) => comparison?.(value.toLowerCase(), expected.toLowerCase()));
  return positive ? any : !any;
}

/** The value at a key such as `data.authorization.action`. Keys may use the names of either delivery schema. */
function property(event: EventGridEvent, key: string): unknown {
  const named: Record<string, unknown> = {
    ...event,
    source: event.topic,
    type: event.eventType,
    time: event.eventTime,
  };
  let value: unknown = named;
  for (const name of key.split(".")) {
    if (typeof value !== "object" || value === null) return undefined;
    value = Object.entries(value).find(([other]) => same(other, name))?.[1];
  }
  return value;
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
