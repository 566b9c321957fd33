import * as z from "zod";
import { causeSchema } from "../events/cause.ts";
import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import { isOutcome, type Outcome } from "../outcomes.ts";

const outcomeSchema = z.custom<Outcome>((value) => typeof value === "string" && isOutcome(value));
const jsonObjectSchema = z.custom<JsonObject>((value) => isJsonObject(value));

/** Parsed from JSON, so it is JSON. */
const jsonSchema = z.custom<Json>((value) => value !== undefined);

const entryReferenceSchema = z.object({ blob: z.string(), offset: z.number(), length: z.number() });

const placeSchema = z.object({ blob: z.string(), offset: z.number() });

/** Properties as they can be shown, by part (the resource itself has none, the empty text) and path. */
const foreignPropertiesSchema = z.record(z.string(), z.record(z.string(), z.string()));

/** See {@link foreignPropertiesSchema}. */
export type ForeignProperties = z.infer<typeof foreignPropertiesSchema>;

const changeSchema = z.object({ part: z.string(), patch: jsonObjectSchema });

const findingSchema = z.object({
  path: z.string(),
  expected: z.string(),
  actual: jsonSchema,
  remedy: z.enum(["fix", "report"]),
  explanation: z.string().exactOptional(),
});

const openIntentSchema = z.object({
  intentId: z.string(),
  baselines: z.array(z.string()),
  correlationId: z.string(),
  /** ISO 8601. */
  writtenAt: z.string(),
  /** Whether its entry is known to be in the journal; without one nothing was sent. */
  journaled: z.boolean(),
  /** Its entry, and that of its outcome, stand here in the journal or behind. */
  journalPlace: placeSchema,
  /** Paths that its look writes, those of parts with the part's name and a slash before them. */
  ownPaths: z.array(z.string()),
  /** What it must leave as it is, before it was written. */
  foreign: foreignPropertiesSchema,
  /** Id of the resource that it is written to, where that is another one. */
  target: z.string().optional(),
  /** Whether Azure said that it took the write. */
  accepted: z.boolean().optional(),
  /** URL of the long operation that the write started. */
  operation: z.string().optional(),
  /** A `revert` puts back what a fix replaced because it broke something, an `undo` because a person asked for it. */
  purpose: z.enum(["fix", "revert", "undo"]),
  change: changeSchema,
  /** What puts the change back. */
  undo: changeSchema,
  /** Whether the resource worked before, where its baseline looks back. */
  worked: z.boolean(),
});

const remediationSchema = z.object({
  id: z.string(),
  startedAt: z.string(),
  attempts: z.number(),
  /** Since when Azure could not do it, without a break; capped time does not count. */
  retryingSince: z.string().optional(),
  /** What was found first, by baseline: a later look sees it mended. */
  findings: z.record(z.string(), z.array(findingSchema)).default({}),
  /** What it wrote, by baseline. */
  changes: z.record(z.string(), z.array(changeSchema)).default({}),
  /** The properties that it wrote, by baseline, and what they were before it. */
  replaced: z.record(z.string(), z.array(z.object({ path: z.string(), before: jsonSchema }))).default({}),
  /** When the follow-up that was sent comes. */
  nextLookAt: z.string().optional(),
  causes: z.array(causeSchema),
  /** Intents without an outcome yet. */
  intents: z.array(openIntentSchema),
  /** Ids of other resources that it wrote to. */
  alsoWritten: z.array(z.string()).default([]),
  /** Where its journal entries are, oldest first. */
  entries: z.array(entryReferenceSchema),
});

const undoSchema = z.object({
  remediationId: z.string(),
  changes: z.array(z.object({ baselines: z.array(z.string()), left: changeSchema, putBack: changeSchema })),
  reason: z.string(),
  endedAt: z.string().optional(),
});

const lookBackSchema = z.object({
  remediationId: z.string(),
  /** As the fix left each part, and what puts it back, in the order in which they are put back; one a part. */
  changes: z.array(z.object({ left: changeSchema, putBack: changeSchema })),
  /** Absent where it did not work before: then it is put back only where the fix can't be ended. */
  dueAt: z.string().optional(),
  /** Set where it is put back whether it works or not. */
  putBackBecause: z.string().optional(),
});

/** See {@link ResourceState.lookBacks}. */
export type RememberedFix = z.infer<typeof lookBackSchema>;

const rulingSchema = z.object({
  kind: z.enum(["approved", "rejected"]),
  /** Object id, or the name of the key. */
  by: z.string(),
  reason: z.string(),
  /** ISO 8601, as is `expiresAt`. */
  at: z.string(),
  expiresAt: z.string(),
  /** Whether something was written under it: then the rest of the same change is covered too. */
  begun: z.boolean(),
});

/** See {@link rulingSchema}. */
export type Ruling = z.infer<typeof rulingSchema>;

const proposalSchema = z.object({
  /** SHA-256 of what is proposed, in hexadecimal digits. */
  hash: z.string(),
  changes: z.array(changeSchema),
  /** The owned properties by path, as they are and as the changes leave them. */
  before: jsonObjectSchema,
  after: jsonObjectSchema,
  /** Ids of the guards that ask for a person. */
  guards: z.array(z.string()),
  proposedAt: z.string(),
  expiresAt: z.string(),
  /** What a person said to it. */
  ruling: rulingSchema.optional(),
});

/** See {@link ResourceState.proposals}. */
export type StoredProposal = z.infer<typeof proposalSchema>;

/** What is remembered of one resource between two looks. Bounded: every list here has a most. */
export const resourceStateSchema = z.object({
  /** When the resource was last read, ISO 8601. */
  readAt: z.string().optional(),
  /** Ids of what has to be taken before it may be written, where that is not itself. */
  units: z.array(z.string()).optional(),
  /** How each baseline stood at the last look. */
  outcomes: z.record(
    z.string(),
    z.object({
      outcome: outcomeSchema,
      fingerprint: z.string(),
      /** Since when it was not seen compliant, ISO 8601; absent where it is. */
      since: z.string().optional(),
    }),
  ),
  /** A change that was found without an event, whose event is waited for: of what baselines, and since when, ISO 8601. */
  unexplained: z.object({ baselines: z.array(z.string()), seenAt: z.string() }).optional(),
  /** Owned properties by baseline, when it was last seen compliant. */
  lastCompliant: z.record(z.string(), jsonObjectSchema),
  /** How the last look that read nothing came out: the next one that says the same adds nothing to the journal. */
  skippedAs: z.string().optional(),
  /** Of a unit of several resources: the key of the one that is being changed, and until when that is believed. */
  busy: z.object({ resourceId: z.string(), until: z.string() }).optional(),
  /** Whether a look waits in the table of waits. */
  waits: z.boolean().optional(),
  /** Ids of events that were settled, newest first. */
  settledEvents: z.array(z.object({ id: z.string(), at: z.string() })),
  /** Correlation ids of our own writes, newest first. */
  ownCorrelations: z.array(z.string()),
  /** The remediation that is not ended yet. */
  remediation: remediationSchema.optional(),
  /** The remediation of which nothing waits but a person's approval: the next look goes on with it. */
  awaiting: remediationSchema.optional(),
  /** Fixes that wait for a person or were decided by one, by baseline. */
  proposals: z.record(z.string(), proposalSchema).default({}),
  /** Who changed the resource, each once, with when that was last looked at, ISO 8601; newest first. */
  changers: z.array(z.object({ by: z.string(), at: z.string() })).default([]),
  /** Id of the last remediation that ended: follow-ups of it have nothing left to do. */
  endedRemediation: z.string().optional(),
  /** Proven fixes, newest first: what the breaker counts. */
  fixes: z.array(z.object({ baseline: z.string(), at: z.string(), changedBy: z.string().optional() })),
  /** Baselines whose breaker is open, and since when. */
  contested: z.record(z.string(), z.string()),
  /** What the last remediation replaced, by baseline, and when to look back whether the resource still works. */
  lookBacks: z.record(z.string(), lookBackSchema),
  /** Whether the resource was last seen working, by baseline that looks back; absent where that never showed. */
  working: z.record(z.string(), z.boolean()).default({}),
  /** Baselines that wait for a person, with the properties as they were left. */
  held: z.record(z.string(), z.object({ value: z.string(), reason: z.string() })),
  /** An undo that a person asked for, and that is not all written yet. */
  undoing: undoSchema.optional(),
  /** Baselines that are left alone after an undo, until when, and why. */
  exemptions: z.record(z.string(), z.object({ until: z.string(), reason: z.string(), remediationId: z.string() })),
});

/** See {@link resourceStateSchema}. */
export type ResourceState = z.infer<typeof resourceStateSchema>;

/** See {@link ResourceState.remediation}. */
export type OpenRemediation = z.infer<typeof remediationSchema>;

/** See {@link OpenRemediation.intents}. */
export type OpenIntent = z.infer<typeof openIntentSchema>;

/** The state of a resource that nothing is known of. */
export function emptyState(): ResourceState {
  return {
    outcomes: {},
    lastCompliant: {},
    settledEvents: [],
    ownCorrelations: [],
    proposals: {},
    changers: [],
    fixes: [],
    contested: {},
    lookBacks: {},
    working: {},
    held: {},
    exemptions: {},
  };
}
