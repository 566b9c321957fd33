import * as z from "zod";
import type { JsonObject } from "../json.ts";
import type { Outcome } from "../outcomes.ts";
import {
  type AboutResource,
  aboutResourceSchema,
  exemptionSchema,
  kindsOfNotifications,
  type NotificationKind,
  policySchema,
} from "./notification.ts";

/** What one entry of the journal has to tell, of one kind. */
export const newsSchema = z.object({
  kind: z.custom<NotificationKind>((value) => typeof value === "string"),
  entryId: z.string(),
  /** ISO 8601. */
  at: z.string(),
  subject: z.string(),
  changedBy: z.string().optional(),
  correlationId: z.string().optional(),
  resource: aboutResourceSchema.optional(),
  exemption: exemptionSchema.optional(),
  policy: policySchema.optional(),
});

/** See {@link newsSchema}. */
export type News = z.infer<typeof newsSchema>;

const entry = { id: z.string(), at: z.string(), resourceId: z.string() };

const entrySchema = z.discriminatedUnion("kind", [
  z.object({
    ...entry,
    kind: z.literal("remediation"),
    remediationId: z.string(),
    results: z.array(aboutResourceSchema.shape.baselines.element),
    unchanged: z.array(z.string()).default([]),
    causes: z.array(z.object({ changedBy: z.string().optional(), correlationId: z.string().optional() })),
  }),
  exemptionSchema.omit({ scope: true }).extend({ ...entry, kind: z.literal("exemption"), event: z.literal("ending") }),
  policySchema.extend({ ...entry, kind: z.literal("policy-refused") }),
  z.object({ ...entry, kind: z.literal("missed-event") }),
  z.object({ ...entry, kind: z.literal("foreign-use"), identity: z.string() }),
]);

type RemediationEntry = Extract<z.infer<typeof entrySchema>, { kind: "remediation" }>;

const outcomesTold: { readonly [kind in NotificationKind]?: Outcome } = {
  Remediated: "remediated",
  AwaitingApproval: "awaiting-approval",
  Blocked: "blocked",
  Contested: "contested",
  Reverted: "reverted",
  Capped: "capped",
};

/** The outcome of a baseline that a notification of this kind tells; nothing where it is about no outcome. */
export function outcomeOf(kind: NotificationKind): Outcome | undefined {
  return outcomesTold[kind];
}

/**
 * What an entry of the journal has to tell: nothing, or something of one or more kinds. How a baseline stood already at the look before is
 * no news. Pure.
 */
export function newsIn(entry: JsonObject): News[] {
  const parsed = entrySchema.safeParse(entry);
  if (!parsed.success) return [];
  const { kind, id: entryId, at, resourceId: subject } = parsed.data;
  if (kind === "remediation") return newsOfRemediation(parsed.data);
  if (kind === "policy-refused") {
    return [{ kind: "PolicyFellBack", entryId, at, subject: "policy", policy: policySchema.parse(parsed.data) }];
  }
  if (kind === "missed-event") return [{ kind: "MissedEvent", entryId, at, subject }];
  // Without the correlation id: one message names one resource.
  if (kind === "foreign-use") {
    return [{ kind: "ForeignUse", entryId, at, subject, changedBy: parsed.data.identity }];
  }
  const exemption = exemptionSchema.parse({ ...parsed.data, scope: subject });
  return [{ kind: "ExemptionEnding", entryId, at, subject, exemption }];
}

function newsOfRemediation({ results, unchanged, causes, ...entry }: RemediationEntry): News[] {
  const { id: entryId, at, resourceId, remediationId } = entry;
  const changedBy = causes.find((cause) => cause.changedBy !== undefined)?.changedBy;
  const correlationId = causes.find((cause) => cause.correlationId !== undefined)?.correlationId;
  const byKind = new Map<NotificationKind, AboutResource["baselines"]>();
  for (const result of results.filter(({ baseline }) => !unchanged.includes(baseline))) {
    const kind = kindsOfNotifications.find((each) => outcomesTold[each] === result.outcome);
    if (kind) byKind.set(kind, [...(byKind.get(kind) ?? []), result]);
  }
  return [...byKind].map(([kind, baselines]) => ({
    kind,
    entryId,
    at,
    subject: resourceId,
    ...(changedBy === undefined ? {} : { changedBy }),
    ...(correlationId === undefined ? {} : { correlationId }),
    resource: { resourceId, remediationId, at, baselines },
  }));
}
