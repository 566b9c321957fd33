import * as z from "zod";
import { defineCommand } from "../frame/command.ts";
import { resourceWord } from "../frame/words.ts";
import { recheckedSchema } from "../service/answers.ts";
import { serviceOptions } from "../service/find-service.ts";
import { followOperations } from "../service/follow-operations.ts";
import { openService } from "../service/service-client.ts";
import { exitCodeOf, tellJudged } from "../service/tell-judged.ts";

/** `fix`: has the service judge one resource now, and fix what its policy lets it fix. */
export const fix = defineCommand({
  name: "fix",
  summary: "Has the service judge one resource now, and fix what its policy lets it fix.",
  details: [
    "What the policy keeps from being fixed is said, with what a person can do. Where the service is at work on the resource already, its result is waited for.",
  ],
  arguments: [resourceWord.argument],
  options: z.strictObject({
    "dry-run": z.boolean().default(false).describe("say what would be done, and write nothing to Azure"),
    ...serviceOptions,
  }),
  examples: [
    { line: 'fix "$ACCOUNT" --dry-run', does: "What would be done:" },
    { line: 'fix "$ACCOUNT"', does: "Do it:" },
  ],
  async run({ "dry-run": dryRun, ...options }, words, surroundings) {
    const id = resourceWord.read(words[0]);
    const service = await openService(options, surroundings);
    const answer = await service.post("/api/recheck", { resourceId: id.text, dryRun }, recheckedSchema);
    if ("operationId" in answer) return await followOperations(service, [answer.operationId], surroundings);
    for (const line of tellJudged(answer)) surroundings.output.out(line);
    return exitCodeOf(answer.outcome);
  },
});
