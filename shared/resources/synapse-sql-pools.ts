import type { ResourceType } from "./resource-type.ts";

/** Dedicated SQL pools of Synapse workspaces: named, and left alone without a request, until they get a client of their own. */
export function synapseSqlPools(): ResourceType {
  const reason = "Pools of a Synapse workspace are not looked at yet: check their transparent data encryption by hand.";
  return {
    type: "Microsoft.Synapse/workspaces/sqlPools",
    volatilePaths: [],
    read: async () => ({ kind: "skipped", outcome: "unsupported", reason }),
    readParts: async () => ({ kind: "refused", refusal: untouched }),
    write: async () => ({ kind: "refused", refusal: untouched }),
  };
}

const untouched = {
  kind: "invalid",
  status: 0,
  code: "Unsupported",
  message: "Pools of a Synapse workspace are neither read nor written.",
} as const;
