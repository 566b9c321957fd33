import * as z from "zod";

/** Bounded in length, since many of them share one row of a table. */
const id = z.string().max(128);
const shortText = z.string().max(256);
/** Longer than any id of a type that has baselines: subscription, group, server and database take about 430 characters. */
const longestResourceId = 512;

/**
 * Why a resource is looked at, for the journal and the log. Never the basis of a decision about its configuration:
 * what an event says is a hint (rule 1). Of people it holds the object id alone.
 */
export const causeSchema = z.object({
  /** `burst`: events that came close together, kept until one look answers them all. */
  via: z.enum(["event", "burst", "recheck", "sweep", "waker", "follow-up", "undo", "approval", "close-breaker"]),
  eventId: id.optional(),
  /** ARM's operation name, e.g. `Microsoft.Storage/storageAccounts/write`. */
  operation: shortText.optional(),
  /** Object id of who made the change. */
  changedBy: id.optional(),
  /** When the change was made, ISO 8601. */
  changedAt: id.optional(),
  correlationId: id.optional(),
  /** Object id, or name of the key, of who asked. */
  askedBy: shortText.optional(),
  /** The roles it was asked with. */
  askedAs: shortText.optional(),
  /** The remediation that is to be undone. */
  undoes: id.optional(),
  /** Why, in that person's words. */
  reason: shortText.optional(),
  /** Id of the resource whose look led here: its own remediation tells what led there, and who changed it. */
  ledBy: z.string().max(longestResourceId).optional(),
  /** The re-check operation that wants to know the result. */
  operationId: id.optional(),
  /** The remediation that a follow-up goes on with. */
  follows: id.optional(),
});

/** See {@link causeSchema}. */
export type Cause = z.infer<typeof causeSchema>;

/** The cause of a look at one resource because of another: what is known of the change of the other is not said of this one. */
export function causeLedBy(resourceId: string): Cause {
  return resourceId.length > longestResourceId ? { via: "follow-up" } : { via: "follow-up", ledBy: resourceId };
}

/** A message of the queue `changes`: look at this resource. A few hundred bytes. */
export const changeMessageSchema = z.object({
  version: z.literal(1),
  resourceId: z.string().max(2048),
  cause: causeSchema,
  /** The unit that a holder who died left taken, where the waker found this look in it. */
  leftIn: z.string().max(2048).optional(),
  /** How often this look was put off already. */
  attempt: z.number().int().min(0).max(10_000),
  dryRun: z.boolean(),
  /** It waited for its turn to read: it goes by the whole limit now, whoever sent it. */
  waited: z.boolean().optional(),
  /** When it may write: a slot that was booked for it, ISO 8601. */
  slot: z.iso.datetime().optional(),
});

/** See {@link changeMessageSchema}. */
export type ChangeMessage = z.infer<typeof changeMessageSchema>;
