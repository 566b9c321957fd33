import { randomUUID } from "node:crypto";
import { seededType } from "../seeded-type.ts";

/** Identities that somebody made. What is assigned to one stays when it is deleted, as in Azure. */
export const userAssignedIdentities = seededType({
  name: "Microsoft.ManagedIdentity/userAssignedIdentities",
  apiVersions: ["2024-11-30", "2023-01-31", "2018-11-30"],
  properties: ({ tenantId }) => ({ tenantId, principalId: randomUUID(), clientId: randomUUID() }),
});
