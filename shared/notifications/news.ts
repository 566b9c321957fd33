import * as z from "zod";
import type { JsonObject } from "../json.ts";
import type { Outcome } from "../outcomes.ts";
import {
  type AboutResource,
  aboutResourceSchema,
  kindsOfNotifications,
  type NotificationKind,
} from "./notification.ts";

/** What one entry of the journal has to tell, of one kind. */
export const newsSchema = z.object({
  kind: z.custom<NotificationKind>((value) => typeof value === "string"),
  entryId: z.string(),
  changedBy: z.string().optional(),
  correlationId: z.string().optional(),
  about: aboutResourceSchema,
});

/** See {@link newsSchema}. */
export type News = z.infer<typeof newsSchema>;

const remediationEntrySchema = z.object({
  kind: z.literal("remediation"),
  id: z.string(),
  at: z.string(),
  resourceId: z.string(),
  remediationId: z.string(),
  results: z.array(aboutResourceSchema.shape.baselines.element),
  unchanged: z.array(z.string()).default([]),
  causes: z.array(z.object({ changedBy: z.string().optional(), correlationId: z.string().optional() })),
});

const outcomesTold: Record<NotificationKind, Outcome> = {
  Remediated: "remediated",
  AwaitingApproval: "awaiting-approval",
  Blocked: "blocked",
  Contested: "contested",
  Reverted: "reverted",
  Capped: "capped",
};

/** The outcome of a baseline that a notification of this kind tells. */
export function outcomeOf(kind: NotificationKind): Outcome {
  return outcomesTold[kind];
}

/**
 * What an entry of the journal has to tell: nothing, or something of one or more kinds. How a baseline stood already at the look before is
 * no news. Pure.
 */
export function newsIn(entry: JsonObject): News[] {
  const parsed = remediationEntrySchema.safeParse(entry);
  if (!parsed.success) return [];
  const { id, at, resourceId, remediationId, results, unchanged, causes } = parsed.data;
  const changedBy = causes.find((cause) => cause.changedBy !== undefined)?.changedBy;
  const correlationId = causes.find((cause) => cause.correlationId !== undefined)?.correlationId;
  const byKind = new Map<NotificationKind, AboutResource["baselines"]>();
  for (const result of results.filter(({ baseline }) => !unchanged.includes(baseline))) {
    const kind = kindsOfNotifications.find((each) => outcomesTold[each] === result.outcome);
    if (kind) byKind.set(kind, [...(byKind.get(kind) ?? []), result]);
  }
  return [...byKind].map(([kind, baselines]) => ({
    kind,
    entryId: id,
    ...(changedBy === undefined ? {} : { changedBy }),
    ...(correlationId === undefined ? {} : { correlationId }),
    about: { resourceId, remediationId, at, baselines },
  }));
}
