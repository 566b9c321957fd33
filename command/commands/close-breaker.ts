import * as z from "zod";
import { baselines } from "../../shared/baselines/index.ts";
import { defineCommand } from "../frame/command.ts";
import { resourceWord } from "../frame/words.ts";
import { judgedSchema } from "../service/answers.ts";
import { serviceOptions } from "../service/find-service.ts";
import { openService } from "../service/service-client.ts";
import { exitCodeOf, tellJudged } from "../service/tell-judged.ts";

/** `close-breaker`: lets a contested baseline be fixed again. */
export const closeBreaker = defineCommand({
  name: "close-breaker",
  summary: "Lets a contested baseline of a resource be fixed again, after it was settled with whoever sets it back.",
  arguments: [resourceWord.argument],
  options: z.strictObject({
    baseline: z.enum(baselines.map(({ id }) => id)).meta({ value: "BASELINE", description: "which one is contested" }),
    reason: z.string().trim().min(1).max(200).meta({ value: "TEXT", description: "why; the journal keeps it" }),
    ...serviceOptions,
  }),
  examples: [
    {
      line: 'close-breaker "$ACCOUNT" --baseline storage/minimum-tls --reason "The old tablets are gone."',
      does: "Nobody sets it back any more:",
    },
  ],
  async run({ baseline, reason, ...options }, words, surroundings) {
    const { text: resourceId } = resourceWord.read(words[0]);
    const service = await openService(options, surroundings);
    const answer = await service.post("/api/close-breaker", { resourceId, baseline, reason }, judgedSchema);
    for (const line of tellJudged(answer)) surroundings.output.out(line);
    return exitCodeOf(answer.outcome);
  },
});
