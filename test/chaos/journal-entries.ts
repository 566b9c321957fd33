import { z } from "zod";

/** What the journal says, as far as the invariants read it. Anything else in a line is the service's own business. */
const lineSchema = z.looseObject({
  id: z.string(),
  kind: z.string(),
  resourceId: z.string(),
  intentId: z.string().optional(),
  correlationId: z.string().optional(),
  outcome: z.string().optional(),
  foreignDifferences: z.array(z.object({ path: z.string() })).optional(),
});

/** One line of the journal. */
export type JournalLine = z.infer<typeof lineSchema>;

/** Entries in which a chain speaks of itself: a blob is done with, or retention took old ones away. */
const ofChains = /"kind":"(rolled|retention)"/;

/** The lines of a block or a blob that are about resources. Throws for what is no line of a journal. */
export function journalLines(text: string): JournalLine[] {
  return text
    .split("\n")
    .filter((line) => line !== "" && !ofChains.test(line))
    .map((line) => lineSchema.parse(JSON.parse(line)));
}
