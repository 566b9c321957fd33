import * as z from "zod";
import { saidBy } from "../check/arm.ts";
import { fine, type Line, warning } from "./line.ts";
import type { Look } from "./look.ts";

const about = "lost events";
/** Stable, and in every cloud (swagger: monitor/resource-manager/Microsoft.Insights/stable/2018-01-01/metrics_API.json). */
const version = "api-version=2018-01-01";
/** Metrics of Microsoft.EventGrid/systemTopics, with the dimension EventSubscriptionName (docs: "Supported metrics"). */
const metrics = ["DroppedEventCount", "DeadLetteredCount"];
const hours = 24;

const metricsSchema = z.object({
  value: z.array(
    z.object({
      name: z.object({ value: z.string() }),
      timeseries: z.array(z.object({ data: z.array(z.object({ total: z.number().nullish() })) })),
    }),
  ),
});

/** What Event Grid gave up on in the last day: the service never hears of it, so only the metrics of the topic tell. */
export async function lostEvents(look: Look, topicId: string, eventSubscriptions: readonly string[]): Promise<Line[]> {
  const now = look.now();
  const from = new Date(now.getTime() - hours * 3_600_000);
  const query = new URLSearchParams({
    metricnames: metrics.join(","),
    timespan: `${from.toISOString()}/${now.toISOString()}`,
    interval: "FULL",
    aggregation: "Total",
    // Others' event subscriptions of the topic have losses of their own.
    $filter: eventSubscriptions.map((name) => `EventSubscriptionName eq '${name}'`).join(" or "),
    top: String(eventSubscriptions.length),
  });
  const answer = await look.arm.get(`${topicId}/providers/Microsoft.Insights/metrics?${version}&${query}`);
  const told = metricsSchema.safeParse(answer.body);
  if (answer.status !== 200 || !told.success) {
    const found = `The metrics of the topic are not shown: ${saidBy(answer)}`;
    return [warning(about, found, "Have the role Monitoring Reader or Reader assigned on the topic's resource group")];
  }
  const counts = new Map(told.data.value.map(({ name, timeseries }) => [name.value, totalOf(timeseries)]));
  const [dropped = 0, deadLettered = 0] = metrics.map((name) => counts.get(name));
  if (dropped + deadLettered === 0)
    return [fine(about, `In the last ${hours} hours: none dropped, none dead-lettered.`)];
  return [
    warning(
      about,
      `In the last ${hours} hours: ${dropped} dropped, ${deadLettered} dead-lettered.`,
      "Look why the app refused them; azure-encryption-guard sweep finds what they told of",
    ),
  ];
}

function totalOf(timeseries: z.infer<typeof metricsSchema>["value"][number]["timeseries"]): number {
  return timeseries.flatMap(({ data }) => data).reduce((sum, { total }) => sum + (total ?? 0), 0);
}
