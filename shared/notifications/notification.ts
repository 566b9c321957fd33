import * as z from "zod";

/** What a notification can be about: the last part of its CloudEvents type, and what it tells. */
export const notificationKinds = {
  Remediated: "A fix was made, and proven by what was read afterwards.",
  AwaitingApproval: "A change waits for a person to approve it.",
  Blocked: "A lock, a policy, a deny assignment or a missing role stands in the way of a fix.",
  Contested: "Somebody keeps setting a property back: nothing more is written to it.",
  Reverted: "A fix broke something, so the old value was put back.",
  Capped: "The cap on writes is reached, or writes are stopped; it goes on by itself.",
  ExemptionEnding: "An exemption ends soon; what it covers is judged and fixed then as any other.",
  PolicyFellBack:
    "The policy file was refused: the version before holds on, or, where none was ever accepted, all is audit.",
  MissedEvent: "A sweep or a re-check found a change, and no event told of it within ten minutes.",
  ForeignUse: "The service's own identity made a change that is not in the journal: somebody else uses it.",
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
    .describe("What a person is asked to approve, by its hash; it is asked until `expiresAt`, ISO 8601."),
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

/** What ends. */
export const exemptionSchema = z.object({
  exemptionId: z.string(),
  scope: z.string(),
  baseline: z.string().describe("A baseline's id, or `all`."),
  owner: z.string(),
  reason: z.string(),
  until: z.string().describe("ISO 8601."),
});

/** What is wrong with the policy file. */
export const policySchema = z.object({
  source: z.string().describe("Where the file was read."),
  holds: z.string().optional().describe("SHA-256 of the version that goes on to hold; absent where there is none."),
  problems: z.array(
    z.object({ line: z.number(), column: z.number(), path: z.string(), found: z.string(), allowed: z.string() }),
  ),
});

/** The `data` of a notification. */
export const notificationDataSchema = z.object({
  summary: z
    .string()
    .describe("One line that may be shown as HTML as it is: what anybody could have written into a name is escaped."),
  changedBy: z.string().optional().describe("Object id of who made the change that led to it, where that is known."),
  correlationId: z.string().optional().describe("Of the deployment or the request that made the change."),
  resources: z.array(aboutResourceSchema).describe("What happened to which resource; empty where it is about none."),
  exemption: exemptionSchema.optional(),
  policy: policySchema.optional(),
});

/** A notification, as CloudEvents 1.0 has it (https://github.com/cloudevents/spec). */
export interface Notification {
  /** The same where it is sent again. */
  id: string;
  type: string;
  source: string;
  /** The resource's id; of several resources, their subscription's; the scope of an exemption; or `policy`. */
  subject: string;
  time: Date;
  data: z.infer<typeof notificationDataSchema>;
}
