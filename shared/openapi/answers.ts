import * as z from "zod";
import { baselines } from "../baselines/index.ts";
import type { Json } from "../json.ts";
import { outcomeNames } from "../outcomes.ts";
import { versions } from "./health-answer.ts";

/** What routes answer, each strict: a property that is not told here is a mistake. */

const text = z.string();
const time = z.iso.datetime();
const json = z.custom<Json>(() => true);
const outcome = z.enum(outcomeNames);
const baseline = z.enum(baselines.map(({ id }) => id));
const hash = z.string().regex(/^[0-9a-f]{64}$/);

/** Of a remediation or an exemption: when it began, and what tells it from others of that time. */
const sortableId = z.string().regex(/^\d{13}-[0-9a-f]{8}$/);

const change = z.strictObject({ part: text, patch: z.record(z.string(), json) });
const propertyValue = z.strictObject({ path: text, value: json });

const finding = z.strictObject({
  path: text,
  expected: text,
  actual: json,
  remedy: z.enum(["fix", "report"]),
  explanation: text.optional(),
});

const exemption = z.strictObject({ id: text.optional(), owner: text, reason: text, until: text });

const result = z.strictObject({
  baseline,
  outcome,
  reason: text,
  rule: text.optional(),
  exemption: exemption.optional(),
  exemptionAsked: z.strictObject({ tag: text, value: hash }).optional(),
  opensAt: time.optional(),
  findings: z.array(finding),
  changes: z.array(change),
  mayBreak: text.optional(),
  guard: text.optional(),
  proposal: z.strictObject({ hash, proposedAt: time, expiresAt: time }).optional(),
  code: text.optional(),
  azure: z.strictObject({ status: z.number(), code: text, message: text }).optional(),
  advice: text.optional(),
  readAfterwards: z.array(propertyValue).optional(),
});

const settled = { resourceId: text, outcome, remediationId: sortableId.optional(), results: z.array(result) };

/** How each baseline of a resource stands, after something was done about it. */
export const settledSchema = z.strictObject(settled);

/** `POST /api/recheck` of one resource. */
export const recheckedSchema = z.strictObject({ ...settled, dryRun: z.boolean() });

/** `POST /api/recheck` of many. */
export const acceptedSchema = z.strictObject({ operationId: z.guid(), location: text });

/** `GET /api/recheck/{operationId}` */
export const recheckOperationSchema = z.strictObject({
  operationId: z.guid(),
  status: z.enum(["running", "succeeded", "failed"]),
  startedAt: time,
  scope: text,
  dryRun: z.boolean(),
  found: z.number().int(),
  judged: z.number().int(),
  outcomes: z.record(z.string(), z.number().int()),
  resources: z.array(z.strictObject({ resourceId: text, outcome: z.enum([...outcomeNames, "waiting"]) })),
});

const asked = z.strictObject({ proposal: hash, expiresAt: time, changes: z.array(change), mayBreak: text.optional() });

const summary = {
  id: sortableId,
  resourceId: text,
  outcome,
  alsoWritten: z.array(text).optional(),
  baselines: z.array(
    z.strictObject({
      baseline: text,
      outcome,
      why: text,
      changed: z.array(z.strictObject({ path: text, before: json, after: json })).optional(),
      asked: asked.optional(),
    }),
  ),
  startedAt: time,
  updatedAt: time,
  via: text,
  changedBy: text.optional(),
  askedBy: text.optional(),
  askedAs: text.optional(),
};

/** `GET /api/remediations` */
export const remediationsSchema = z.strictObject({
  remediations: z.array(z.strictObject(summary)),
  continuation: sortableId.optional(),
});

const journalEntry = z.looseObject({
  version: z.literal(1),
  id: text,
  at: time,
  kind: text,
  resourceId: text,
  previous: text,
  hash,
});

/** `GET /api/remediations/{id}` */
export const remediationSchema = z.strictObject({ ...summary, journal: z.array(journalEntry) });

const granted = {
  id: sortableId,
  scope: text,
  baseline: text,
  owner: text,
  reason: text,
  until: time,
  grantedAt: time,
  grantedBy: text,
  tagValue: hash.optional(),
  endedAt: time.optional(),
  endedBy: text.optional(),
  toldAt: time.optional(),
};

/** `POST /api/exemptions`, and `DELETE` of one. */
export const exemptionSchema = z.strictObject(granted);

/** `GET /api/exemptions`: one that can't be read says what is wrong with it. */
export const exemptionsSchema = z.strictObject({
  exemptions: z.array(
    z.union([
      z.strictObject({ ...granted, active: z.boolean() }),
      z.strictObject({ id: text, scope: text, active: z.literal(false), problem: text }),
    ]),
  ),
  continuation: sortableId.optional(),
});

/** `GET /api/explain` */
export const explanationSchema = z.strictObject({
  resourceId: text,
  outcome,
  policy: text,
  reference: z.strictObject({ version: hash.optional(), managementGroupsReadAt: time.optional() }).optional(),
  writes: text,
  baselines: z.array(
    z.strictObject({
      baseline,
      mode: z.enum(["audit", "approve", "enforce"]).optional(),
      decidedBy: text,
      rule: text.optional(),
      now: text,
      because: z.array(text),
    }),
  ),
  underWay: z.strictObject({ remediationId: sortableId, nextLookAt: time.optional() }).optional(),
});

/** `GET /api/journal`, before the first walk and after it. */
export const journalStandingSchema = z.union([
  z.strictObject({ verified: z.literal(false), problems: z.array(z.never()).length(0), ...versions }),
  z.strictObject({
    verified: z.boolean(),
    at: time,
    entries: z.number().int(),
    problems: z.array(z.looseObject({ kind: text, blob: text, explanation: text })),
    ...versions,
  }),
]);

/** `POST /api/stop` and `POST /api/resume` */
export const switchedSchema = z.strictObject({ writesStopped: z.boolean(), writesStoppedBySetting: z.boolean() });

const counts = z.strictObject({
  poison: z.number().int(),
  poisonOfEvents: z.number().int(),
  poisonOfSweeps: z.number().int(),
  unreadable: z.number().int(),
});

/** `POST /api/replay` */
export const replayedSchema = z.strictObject({ replayed: counts, left: counts });
