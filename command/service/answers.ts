import * as z from "zod";
import { isJsonObject, type JsonObject } from "../../shared/json.ts";
import { isOutcome, type Outcome } from "../../shared/outcomes.ts";

/** What the service answers, as far as the command works with it. What it does not know of passes. */

const jsonObject = z.custom<JsonObject>((value) => isJsonObject(value), "must be a JSON object");
const outcome = z.custom<Outcome>((value) => typeof value === "string" && isOutcome(value), "must be an outcome");

/** `GET /api/journal` */
export const journalStandingSchema = z.object({
  verified: z.boolean(),
  /** Absent before the first walk. */
  at: z.string().optional(),
  entries: z.number().default(0),
  problems: z.array(z.object({ kind: z.string(), blob: z.string(), explanation: z.string() })),
  version: z.string(),
  format: z.object({ stored: z.object({ journal: z.number() }) }),
});

/** What a person is asked to approve. */
const askedSchema = z.object({
  proposal: z.string(),
  expiresAt: z.string(),
  changes: z.array(z.object({ part: z.string(), patch: jsonObject })),
  mayBreak: z.string().optional(),
});

/** See {@link askedSchema}. */
export type Asked = z.infer<typeof askedSchema>;

const summarySchema = z.object({
  id: z.string(),
  resourceId: z.string(),
  outcome,
  baselines: z.array(z.object({ baseline: z.string(), outcome, why: z.string(), asked: askedSchema.optional() })),
  startedAt: z.string(),
  updatedAt: z.string(),
});

/** See {@link remediationsSchema}. */
export type RemediationSummary = z.infer<typeof summarySchema>;

/** `GET /api/remediations` */
export const remediationsSchema = z.object({
  remediations: z.array(summarySchema),
  continuation: z.string().optional(),
});

/** `GET /api/remediations/{id}` */
export const remediationSchema = summarySchema.extend({ journal: z.array(jsonObject) });

const resultSchema = z.object({
  baseline: z.string(),
  outcome,
  reason: z.string(),
  findings: z.array(z.object({ path: z.string(), expected: z.string(), actual: z.json() })).default([]),
  mayBreak: z.string().optional(),
  advice: z.string().optional(),
  proposal: z.object({ hash: z.string(), expiresAt: z.string() }).optional(),
  exemptionAsked: z.object({ tag: z.string(), value: z.string() }).optional(),
});

/** How one resource stands after what was asked for: a re-check, an undo, a person's word. */
export const judgedSchema = z.object({
  resourceId: z.string(),
  outcome,
  remediationId: z.string().optional(),
  results: z.array(resultSchema),
});

/** See {@link judgedSchema}. */
export type Judged = z.infer<typeof judgedSchema>;

/** `POST /api/recheck`: judged at once, or an operation to ask for. */
export const recheckedSchema = z.union([judgedSchema, z.object({ operationId: z.string(), location: z.string() })]);

/** `GET /api/recheck/{operationId}` */
export const operationSchema = z.object({
  operationId: z.string(),
  status: z.enum(["running", "succeeded"]),
  scope: z.string(),
  found: z.number(),
  judged: z.number(),
  outcomes: z.record(z.string(), z.number()),
  resources: z.array(z.object({ resourceId: z.string(), outcome: z.string() })),
});

/** See {@link operationSchema}. */
export type Operation = z.infer<typeof operationSchema>;

/** `GET /api/health`, as far as it says where the service works. */
export const scopesSchema = z.object({
  scopes: z.array(
    z.union([
      z.object({ managementGroup: z.string() }),
      z.object({ subscriptionId: z.string(), resourceGroup: z.string().optional() }),
    ]),
  ),
});

/** An exemption as `POST` and `GET /api/exemptions` tell it. */
export const exemptionSchema = z.object({
  id: z.string(),
  scope: z.string(),
  baseline: z.string(),
  owner: z.string(),
  reason: z.string(),
  until: z.string(),
  grantedBy: z.string().optional(),
  active: z.boolean().optional(),
});

/** See {@link exemptionSchema}. */
export type ExemptionTold = z.infer<typeof exemptionSchema>;

/** One that the service can't read, and that exempts nothing. */
const unreadableExemption = z.object({ id: z.string(), scope: z.string(), problem: z.string() });

/** `GET /api/exemptions` */
export const exemptionsSchema = z.object({
  exemptions: z.array(z.union([exemptionSchema, unreadableExemption])),
  continuation: z.string().optional(),
});

/** `GET /api/explain` */
export const explainedSchema = z.object({
  resourceId: z.string(),
  outcome,
  policy: z.string(),
  writes: z.string(),
  baselines: z.array(
    z.object({
      baseline: z.string(),
      /** Absent where the resource could not be read. */
      mode: z.string().optional(),
      decidedBy: z.string(),
      rule: z.string().optional(),
      now: z.string(),
      because: z.array(z.string()),
    }),
  ),
  underWay: z.object({ remediationId: z.string(), nextLookAt: z.string().optional() }).optional(),
});

/** See {@link explainedSchema}. */
export type Explained = z.infer<typeof explainedSchema>;

/** An answer of which only the status matters. */
export const anyObjectSchema = jsonObject;
