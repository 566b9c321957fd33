import * as z from "zod";
import type { ConfiguredScope } from "../../shared/policy/scopes.ts";
import { defineCommand } from "../frame/command.ts";
import { UsageError } from "../frame/output.ts";
import { scopeWord } from "../frame/words.ts";
import { recheckedSchema, scopesSchema } from "../service/answers.ts";
import { serviceOptions } from "../service/find-service.ts";
import { followOperations } from "../service/follow-operations.ts";
import { openService, type ServiceClient } from "../service/service-client.ts";

/** `sweep`: has the service judge everything in a scope, and waits for what it came to. */
export const sweep = defineCommand({
  name: "sweep",
  summary: "Has the service judge all resources of a scope now, and waits with a progress bar for what it comes to.",
  details: [
    "Without a scope, all those that the service is configured for; a management group only where it is one of these. The service goes on where the wait is interrupted.",
  ],
  arguments: [{ ...scopeWord.argument, optional: true }],
  options: z.strictObject({
    "dry-run": z.boolean().default(false).describe("say what would be done, and write nothing to Azure"),
    ...serviceOptions,
  }),
  examples: [
    { line: 'sweep "/subscriptions/$SUBSCRIPTION_ID/resourceGroups/guests"', does: "A resource group:" },
    { line: "sweep --dry-run", does: "What would be done everywhere:" },
  ],
  async run({ "dry-run": dryRun, ...options }, [word], surroundings) {
    const scope = word === undefined ? undefined : scopeWord.read(word);
    const service = await openService(options, surroundings);
    const scopes = scope ? [scope] : await configuredScopes(service);
    const operations: string[] = [];
    for (const each of scopes) {
      const answer = await service.post("/api/recheck", { ...each, dryRun }, recheckedSchema);
      if ("operationId" in answer) operations.push(answer.operationId);
    }
    return await followOperations(service, operations, surroundings);
  },
});

async function configuredScopes(service: ServiceClient): Promise<ConfiguredScope[]> {
  const { scopes } = await service.get("/api/health", scopesSchema);
  if (scopes.length === 0) throw new UsageError("The service is configured for no scope (setting SCOPES).");
  return scopes.map((scope) => {
    if ("managementGroup" in scope) return scope;
    const { subscriptionId, resourceGroup } = scope;
    return { subscriptionId, ...(resourceGroup === undefined ? {} : { resourceGroup }) };
  });
}
