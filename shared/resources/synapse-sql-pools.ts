import { ownRefusal, unsent } from "./refusal.ts";
import type { ResourceType } from "./resource-type.ts";

/** Dedicated SQL pools of Synapse workspaces: named, and left alone without a request, until they get a client of their own. */
export function synapseSqlPools(): ResourceType {
  const reason = "Pools of a Synapse workspace are not looked at yet: check their transparent data encryption by hand.";
  return {
    type: "Microsoft.Synapse/workspaces/sqlPools",
    volatilePaths: [],
    read: async () => ({ kind: "skipped", outcome: "unsupported", reason }),
    readParts: async () => unsent(untouched),
    write: async () => unsent(untouched),
  };
}

const untouched = ownRefusal(
  "invalid",
  "resource-type-left-alone",
  "Pools of a Synapse workspace are neither read nor written.",
);
