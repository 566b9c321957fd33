import { z } from "zod";

/** What the process with the bare client is told to do. */
export const bareWorkSchema = z.object({
  endpoint: z.string(),
  token: z.string(),
  subscriptionId: z.string(),
  group: z.string(),
  names: z.array(z.string()),
  writes: z.boolean(),
  /** Of the storage in which it keeps what the rules ask for; nothing is kept where left out. */
  storage: z.string().optional(),
  atOnce: z.number(),
});

/** See {@link bareWorkSchema}. */
export type BareWork = z.infer<typeof bareWorkSchema>;
