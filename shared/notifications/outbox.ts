import { createHash } from "node:crypto";
import * as z from "zod";
import { type News, newsSchema } from "./news.ts";
import { type Notification, typePrefix } from "./notification.ts";
import { summaryOf } from "./summary.ts";

const placeSchema = z.object({ blob: z.string(), offset: z.number() });

const waitingSchema = z.object({
  /** What belongs together has the same. */
  key: z.string(),
  /** When the first of it happened, ISO 8601. */
  since: z.string(),
  /** Nothing more is added: it may have been sent already. */
  closed: z.boolean(),
  news: z.array(newsSchema),
});

/** One notification to be, while more may come that belongs to it, or until the topic took it. */
export type Waiting = z.infer<typeof waitingSchema>;

/** What is remembered between two runs: how far the journal was read, and what was not taken by the topic yet. */
export const outboxSchema = z.object({
  version: z.literal(1),
  /** By chain. */
  places: z.record(z.string(), placeSchema),
  waiting: z.array(waitingSchema),
});

/** See {@link outboxSchema}. */
export type OutboxDocument = z.infer<typeof outboxSchema>;

/** So many resources make one message: it must stay far below the 1 MB that Event Grid takes (docs: "Event Grid quotas and limits"). */
const mostResources = 50;

/** Adds news to what waits: to an open message of the same deployment and kind, else as a new one. Pure. */
export function withNews(waiting: readonly Waiting[], news: readonly News[]): Waiting[] {
  const result = waiting.map((each) => ({ ...each, news: [...each.news] }));
  for (const item of news) {
    const key = keyOf(item);
    const open = result.find((each) => each.key === key && !each.closed && each.news.length < mostResources);
    if (open) open.news.push(item);
    else result.push({ key, since: item.at, closed: false, news: [item] });
  }
  return result;
}

/** Closes what waited long enough for more. Pure. */
export function withDueClosed(waiting: readonly Waiting[], now: Date, windowSeconds: number): Waiting[] {
  return waiting.map((each) => {
    const isDue = now.getTime() - Date.parse(each.since) >= windowSeconds * 1000;
    return isDue || each.news.length >= mostResources ? { ...each, closed: true } : each;
  });
}

/** The message that a closed group makes: the same each time. Pure. */
export function notificationOf({ news }: Waiting): Notification | undefined {
  const [first] = news;
  if (!first) return undefined;
  const subjects = new Set(news.map(({ subject }) => subject));
  const { changedBy, correlationId, kind, exemption, policy } = first;
  return {
    id: createHash("sha256").update(`${kind} ${first.entryId}`).digest("hex").slice(0, 32),
    type: `${typePrefix}${kind}`,
    source: "azure-encryption-guard",
    subject: subjects.size === 1 ? first.subject : subscriptionOf(first.subject),
    time: new Date(first.at),
    data: {
      summary: summaryOf(kind, news),
      ...(changedBy === undefined ? {} : { changedBy }),
      ...(correlationId === undefined ? {} : { correlationId }),
      resources: news.flatMap(({ resource }) => resource ?? []),
      ...(exemption === undefined ? {} : { exemption }),
      ...(policy === undefined ? {} : { policy }),
    },
  };
}

/** What one deployment did in one subscription; without a correlation id each entry stands alone. */
function keyOf({ kind, correlationId, entryId, subject }: News): string {
  return `${kind} ${correlationId ?? entryId} ${subscriptionOf(subject)}`;
}

function subscriptionOf(resourceId: string): string {
  return resourceId.split("/").slice(0, 3).join("/").toLowerCase();
}
