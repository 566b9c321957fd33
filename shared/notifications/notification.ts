import * as z from "zod";

/** What a notification can be about: the last part of its CloudEvents type, and what it tells. */
export const notificationKinds = {
  Remediated: "A fix was made, and proven by what was read afterwards.",
  AwaitingApproval: "A change waits for a person to approve it.",
  Blocked: "A lock, a policy, a deny assignment or a missing role stands in the way of a fix.",
  Contested: "Somebody keeps setting a property back: nothing more is written to it.",
  Reverted: "A fix broke something, so the old value was put back.",
  Capped: "The cap on writes is reached, or writes are stopped; it goes on by itself.",
} as const;

/** See {@link notificationKinds}. */
export type NotificationKind = keyof typeof notificationKinds;

/** All kinds, in their order. */
export const kindsOfNotifications = Object.keys(notificationKinds).filter(isNotificationKind);

function isNotificationKind(name: string): name is NotificationKind {
  return Object.hasOwn(notificationKinds, name);
}

/** In front of a kind it is the CloudEvents type. */
export const typePrefix = "AzureEncryptionGuard.";

const baselineSchema = z.object({
  baseline: z.string(),
  outcome: z.string(),
  reason: z.string(),
  findings: z.array(z.object({ path: z.string(), expected: z.string(), actual: z.json() })),
  changes: z
    .array(z.object({ part: z.string(), patch: z.json() }))
    .describe("What was changed, or would be, in ARM's own property names; `part` is a child resource, or empty."),
  mayBreak: z.string().optional(),
  guard: z.string().optional(),
  advice: z.string().optional(),
  proposal: z
    .object({ hash: z.string(), expiresAt: z.string() })
    .optional()
    .describe(
      "What is to be approved, and until when it is asked so: POST /api/remediations/{id}/approve takes the hash.",
    ),
  azure: z
    .object({ status: z.number(), code: z.string(), message: z.string() })
    .optional()
    .describe("What Azure said where it refused."),
});

/** See {@link AboutResource}. */
export const aboutResourceSchema = z.object({
  resourceId: z.string(),
  remediationId: z.string(),
  at: z.string().describe("ISO 8601."),
  baselines: z.array(baselineSchema),
});

/** What happened to one resource. */
export type AboutResource = z.infer<typeof aboutResourceSchema>;

/** The `data` of a notification. */
export const notificationDataSchema = z.object({
  summary: z
    .string()
    .describe("One line that may be shown as HTML as it is: what anybody could have written into a name is escaped."),
  changedBy: z.string().optional().describe("Object id of who made the change that led to it, where that is known."),
  correlationId: z.string().optional().describe("Of the deployment or the request that made the change."),
  resources: z.array(aboutResourceSchema),
});

/** A notification, as CloudEvents 1.0 has it (https://github.com/cloudevents/spec). */
export interface Notification {
  /** The same where it is sent again. */
  id: string;
  type: string;
  source: string;
  /** The resource's id; of several resources, their subscription's. */
  subject: string;
  time: Date;
  data: z.infer<typeof notificationDataSchema>;
}
