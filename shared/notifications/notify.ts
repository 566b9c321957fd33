import { messageOf } from "../errors.ts";
import type { AppendBlobs } from "../journal/append-blobs.ts";
import { chainNames } from "../journal/chained-journal.ts";
import { readTail } from "../journal/tail.ts";
import type { Log } from "../log.ts";
import { newsIn } from "./news.ts";
import type { Notification } from "./notification.ts";
import { notificationOf, type OutboxDocument, type Waiting, withDueClosed, withNews } from "./outbox.ts";

/** Where the outbox is kept. Throws `storage-unavailable`. */
export interface OutboxStore {
  /** Nothing where there is none yet. */
  read(): Promise<{ document: OutboxDocument; version: string } | undefined>;
  /** The new version; nothing where somebody else wrote since `version` was read (or made it, where that is absent). */
  write(document: OutboxDocument, version: string | undefined): Promise<string | undefined>;
}

/** Who takes notifications. */
export interface Topic {
  /** Rejects where it does not take them all. */
  publish(notifications: readonly Notification[]): Promise<void>;
}

/** What the notifications are made from and go to. */
export interface NotifyWorld {
  now(): Date;
  journal: AppendBlobs;
  store: OutboxStore;
  topic: Topic;
  /** For so long a message waits for more of the same deployment. */
  windowSeconds: number;
  log: Log;
}

/** So much of one chain is read at a time, in bytes. */
const mostBytesOfChain = 4 * 1024 * 1024;
/** With so many messages waiting the journal is read no further: it keeps the rest. */
const mostWaiting = 1000;
/** Event Grid takes 1 MB at once (docs: "Event Grid quotas and limits"); what the client puts around the messages needs room too. */
const mostBytesAtOnce = 500_000;
const mostAtOnce = 10;
/** Where there is no outbox yet, what is older is no news. */
const firstLookMilliseconds = 3_600_000;

/**
 * Tells what the journal says, at least once: what was read is noted before it is sent, and forgotten only after the topic took it. A topic
 * that takes nothing delays nothing but its own messages. Throws `storage-unavailable`.
 */
export async function notify(world: NotifyWorld): Promise<void> {
  const { store, log } = world;
  const before = await store.read();
  const known = before?.document ?? { version: 1, places: {}, waiting: [] };
  const read = known.waiting.length < mostWaiting ? await withJournal(world, known, before === undefined) : known;
  const closed = { ...read, waiting: withDueClosed(read.waiting, world.now(), world.windowSeconds) };
  const version = isSame(closed, known) ? before?.version : await store.write(closed, before?.version);
  if (version === undefined && !isSame(closed, known)) return log.info("notifications: another instance is at it", {});

  const left = await send(
    world,
    closed.waiting.filter((each) => each.closed),
  );
  if (left.sent === 0) return;
  const open = closed.waiting.filter((each) => !each.closed);
  await store.write({ ...closed, waiting: [...left.waiting, ...open] }, version);
  log.info("notifications sent", { sent: left.sent, waiting: left.waiting.length + open.length });
}

async function withJournal(world: NotifyWorld, known: OutboxDocument, isFirst: boolean): Promise<OutboxDocument> {
  const places = { ...known.places };
  let { waiting }: { waiting: Waiting[] } = known;
  const since = isFirst ? world.now().getTime() - firstLookMilliseconds : 0;
  for (const chain of chainNames) {
    const { entries, next, resumedAt } = await readTail(world.journal, chain, places[chain], mostBytesOfChain);
    if (resumedAt !== undefined) world.log.error("notifications: a part of the journal was gone unread", { resumedAt });
    const news = entries.flatMap(newsIn).filter(({ at }) => Date.parse(at) >= since);
    waiting = withNews(waiting, news);
    places[chain] = next;
  }
  return { version: 1, places, waiting };
}

async function send({ topic, log }: NotifyWorld, closed: readonly Waiting[]) {
  let sent = 0;
  while (sent < closed.length) {
    const { length, notifications } = batchOf(closed.slice(sent, sent + mostAtOnce));
    try {
      await topic.publish(notifications);
    } catch (thrown) {
      log.error("notifications: the topic does not take them", {
        error: messageOf(thrown),
        waiting: closed.length - sent,
      });
      break;
    }
    sent += length;
  }
  return { sent, waiting: closed.slice(sent) };
}

/** As many of the first as go together, one at the least: what is too much for the topic would be refused each time. */
function batchOf(closed: readonly Waiting[]): { length: number; notifications: Notification[] } {
  const notifications: Notification[] = [];
  let length = 0;
  let bytes = 0;
  for (const each of closed) {
    const notification = notificationOf(each);
    bytes += Buffer.byteLength(JSON.stringify(notification ?? ""), "utf8");
    if (length > 0 && bytes > mostBytesAtOnce) break;
    if (notification) notifications.push(notification);
    length += 1;
  }
  return { length, notifications };
}

function isSame(one: OutboxDocument, other: OutboxDocument): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
