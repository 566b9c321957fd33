import * as z from "zod";
import { seenConnectionsSchema } from "../sweep/connections.ts";

const text = z.string();
const kept = z.strictObject({ count: z.number().int(), reasons: z.array(text) });
const problem = z.strictObject({
  line: z.number().int(),
  column: z.number().int(),
  path: text,
  found: text,
  allowed: text,
});
const standing = z.strictObject({
  source: text,
  holds: z.looseObject({}).optional(),
  readAt: z.iso.datetime(),
  unreadable: text.optional(),
  unusable: text.optional(),
  problems: z.array(problem),
  idleExemptions: z.array(text),
});

const groupStanding = z.strictObject({
  managementGroup: text,
  subscriptions: z.number().int().optional(),
  readAt: z.iso.datetime().optional(),
  problem: text.optional(),
});

const format = z.strictObject({ journal: z.number().int(), tables: z.number().int() });

/** The version of the app, the format that it writes, and that of what is stored. */
export const versions = { version: text, format: z.strictObject({ own: format, stored: format }) };

const told = {
  version: versions.version,
  format: versions.format.optional(),
  problems: z.array(z.strictObject({ setting: text, value: text, allowed: text })),
  scopes: z
    .array(
      z.union([
        z.strictObject({ subscriptionId: text, resourceGroup: text.optional() }),
        z.strictObject({ managementGroup: text }),
      ]),
    )
    .optional(),
  managementGroups: z.array(groupStanding).optional(),
  modes: z.record(z.string(), text).optional(),
  policy: standing.optional(),
  writesStoppedBySetting: z.boolean().optional(),
  connections: seenConnectionsSchema.optional(),
  queues: z.record(z.string(), z.number()).optional(),
  poison: kept.optional(),
  poisonOfEvents: kept.optional(),
  poisonOfSweeps: kept.optional(),
  unreadable: kept.optional(),
  counters: z.record(z.string(), z.number()).optional(),
  writesStopped: z.boolean().optional(),
  storage: text.optional(),
};

/** `GET /api/health` while the service works. */
export const healthySchema = z.strictObject({ status: z.enum(["healthy", "policy-degraded"]), ...told });

/** `GET /api/health` while it does not; with App Service and Entra, also the error of every route. */
export const unhealthySchema = z.strictObject({
  status: z.enum([
    "policy-missing",
    "policy-unusable",
    "configuration-invalid",
    "storage-unavailable",
    "scopes-unknown",
    "format-newer",
  ]),
  ...told,
});
