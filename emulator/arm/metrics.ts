import { providerError, resourceNotFound } from "./errors.ts";
import { authorize, type Exchange } from "./exchange.ts";
import type { JsonObject } from "./json.ts";
import { type Answer, azureTime } from "./message.ts";
import { nameOf, parseResourcePath, typeOf } from "./resource-id.ts";
import type { ArmState } from "./state.ts";

/** An event that a system topic did not deliver to an event subscription. */
export interface LostEvent {
  /** Milliseconds since 1970. */
  time: number;
  /** What the event is of: the source of the topic, `/subscriptions/GUID`. */
  source: string;
  eventSubscription: string;
  became: "deadLettered" | "dropped";
}

/** Those of Azure that are kept here (docs: "Supported metrics for Microsoft.EventGrid/systemTopics"). */
const metrics = {
  DeadLetteredCount: { became: "deadLettered", title: "Dead Lettered Events" },
  DroppedEventCount: { became: "dropped", title: "Dropped Events" },
} as const;
const names = ["DeadLetteredCount", "DroppedEventCount"] as const;
type MetricName = (typeof names)[number];

const defaultHours = 1;

/**
 * Metrics of a system topic, over a timespan as a whole: GET of `RESOURCE/providers/Microsoft.Insights/metrics`, in the shape of the
 * swagger's examples (monitor/resource-manager/Microsoft.Insights/stable/2018-01-01/metrics_API.json, GetMetric and GetMetricError). Undefined
 * for any other request.
 */
export function answerMetrics(state: ArmState, exchange: Exchange): Answer | undefined {
  const { request } = exchange;
  const [, id] = /^(\/.+)\/providers\/Microsoft\.Insights\/metrics$/i.exec(request.path) ?? [];
  if (request.method !== "GET" || id === undefined) return undefined;
  authorize(state, exchange, "Microsoft.Insights/metrics/read", id);
  const source = sourceOf(state, id);
  const asked = askedMetrics(request.query.get("metricnames") ?? "");
  if ((request.query.get("interval") ?? "").toUpperCase() !== "FULL") {
    throw providerError(501, "NotImplemented", "The local Azure answers metrics with interval=FULL alone.");
  }
  const [from, to] = timespanOf(request.query.get("timespan"), state.clock.now());
  const lost = state
    .lostEvents()
    .filter((event) => event.source.toLowerCase() === source && event.time >= from && event.time <= to);
  const filter = filterOf(request.query.get("$filter"));
  const value = asked.map((name) => ({
    id: `${id}/providers/Microsoft.Insights/metrics/${name}`,
    type: "Microsoft.Insights/metrics",
    name: { value: name, localizedValue: metrics[name].title },
    unit: "Count",
    timeseries: timeseries(
      lost.filter(({ became }) => became === metrics[name].became),
      filter,
      from,
    ),
    errorCode: "Success",
  }));
  const timespan = `${azureTime(from)}/${azureTime(to)}`;
  const body = { cost: 0, timespan, interval: "FULL", namespace: "Microsoft.EventGrid/systemTopics", value };
  return { status: 200, body: { ...body, resourceregion: "global" } };
}

function sourceOf({ resources }: ArmState, id: string): string {
  const path = parseResourcePath(id);
  const topic = resources.get(id);
  if (!topic) throw resourceNotFound(`${path ? typeOf(path) : ""}/${nameOf(id)}`, path?.resourceGroup ?? "");
  if (topic.type !== "Microsoft.EventGrid/systemTopics") {
    throw providerError(501, "NotImplemented", "The local Azure has metrics of system topics alone.");
  }
  const { properties } = topic.body;
  const source = typeof properties === "object" && properties !== null && "source" in properties && properties.source;
  return String(source).toLowerCase();
}

/** The wording is Azure's, as seen in public reports. */
function askedMetrics(text: string): MetricName[] {
  return text.split(",").map((asked) => {
    const known = names.find((name) => name.toLowerCase() === asked.trim().toLowerCase());
    if (known) return known;
    throw providerError(
      400,
      "BadRequest",
      `Failed to find metric configuration for provider: Microsoft.EventGrid, resource Type: systemTopics, metric: ${asked}, Valid metrics: ${names.join(",")}`,
    );
  });
}

function timespanOf(text: string | null, now: number): [from: number, to: number] {
  if (text === null) return [now - defaultHours * 3_600_000, now];
  const [from = Number.NaN, to = Number.NaN] = text.split("/").map((each) => Date.parse(each));
  if (from <= to) return [from, to];
  throw providerError(400, "BadRequest", `Invalid timespan: ${text}.`);
}

/** The event subscriptions that `EventSubscriptionName eq 'a' or EventSubscriptionName eq 'b'` names; nothing where there is no filter. */
function filterOf(text: string | null): Set<string> | undefined {
  if (text === null) return undefined;
  return new Set([...text.matchAll(/EventSubscriptionName eq '([^']*)'/gi)].map(([, name = ""]) => name.toLowerCase()));
}

/** With a filter one for each event subscription that has a figure, else one over all. */
function timeseries(lost: readonly LostEvent[], filter: Set<string> | undefined, from: number): JsonObject[] {
  const data = (count: number) => [{ timeStamp: azureTime(from), total: count }];
  if (!filter) return [{ metadatavalues: [], data: data(lost.length) }];
  const counts = new Map<string, number>();
  for (const { eventSubscription } of lost) {
    if (!filter.has("*") && !filter.has(eventSubscription.toLowerCase())) continue;
    counts.set(eventSubscription, (counts.get(eventSubscription) ?? 0) + 1);
  }
  const name = { value: "eventsubscriptionname", localizedValue: "eventsubscriptionname" };
  return [...counts].map(([value, count]) => ({ metadatavalues: [{ name, value }], data: data(count) }));
}
