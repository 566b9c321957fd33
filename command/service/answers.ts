import * as z from "zod";
import { isJsonObject, type JsonObject } from "../../shared/json.ts";

/** What the service answers, as far as the command works with it. What it does not know of passes. */

const jsonObject = z.custom<JsonObject>((value) => isJsonObject(value), "must be a JSON object");

/** `GET /api/journal` */
export const journalStandingSchema = z.object({
  verified: z.boolean(),
  /** Absent before the first walk. */
  at: z.string().optional(),
  entries: z.number().default(0),
  problems: z.array(z.object({ kind: z.string(), blob: z.string(), explanation: z.string() })),
});

const summarySchema = z.object({
  id: z.string(),
  resourceId: z.string(),
  outcome: z.string(),
  baselines: z.array(z.object({ baseline: z.string(), outcome: z.string(), why: z.string() })),
  startedAt: z.string(),
  updatedAt: z.string(),
});

/** `GET /api/remediations` */
export const remediationsSchema = z.object({
  remediations: z.array(summarySchema),
  continuation: z.string().optional(),
});

/** `GET /api/remediations/{id}` */
export const remediationSchema = summarySchema.extend({ journal: z.array(jsonObject) });
