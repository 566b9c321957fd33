import * as z from "zod";
import { defineCommand } from "../frame/command.ts";
import { exitCodes } from "../frame/output.ts";
import { remediationWord } from "../frame/words.ts";
import { judgedSchema } from "../service/answers.ts";
import { serviceOptions } from "../service/find-service.ts";
import { openService } from "../service/service-client.ts";
import { tellJudged } from "../service/tell-judged.ts";

/** `undo`: puts back what a remediation changed. */
export const undo = defineCommand({
  name: "undo",
  summary: "Puts back exactly what a remediation changed, and leaves its baselines alone on the resource for a while.",
  details: ["It is refused where somebody changed it since, and to who made the original change. It weakens security."],
  arguments: [remediationWord.argument],
  options: z.strictObject({
    reason: z.string().trim().min(1).max(200).meta({ value: "TEXT", description: "why; the journal keeps it" }),
    ...serviceOptions,
  }),
  examples: [
    { line: 'undo "$REMEDIATION" --reason "The old booking machines speak HTTP until Friday."', does: "Put it back:" },
  ],
  async run({ reason, ...options }, words, surroundings) {
    const id = remediationWord.read(words[0]);
    const service = await openService(options, surroundings);
    const answer = await service.post(`/api/remediations/${id}/undo`, { reason }, judgedSchema);
    for (const line of tellJudged(answer)) surroundings.output.out(line);
    return answer.results.some(({ outcome }) => outcome === "undone") ? exitCodes.good : exitCodes.bad;
  },
});
