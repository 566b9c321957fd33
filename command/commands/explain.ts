import * as z from "zod";
import { defineCommand } from "../frame/command.ts";
import { exitCodes } from "../frame/output.ts";
import { resourceWord } from "../frame/words.ts";
import { type Explained, explainedSchema } from "../service/answers.ts";
import { serviceOptions } from "../service/find-service.ts";
import { openService } from "../service/service-client.ts";

/** `explain`: what decides about a resource, and what would happen to it now. */
export const explain = defineCommand({
  name: "explain",
  summary:
    "Tells which rule, exemption, guard, window, cap, breaker or switch decides about a resource, and what would happen now.",
  arguments: [resourceWord.argument],
  options: z.strictObject(serviceOptions),
  examples: [{ line: 'explain "$ACCOUNT"', does: "Why is this account not fixed?" }],
  async run(options, words, surroundings) {
    const id = resourceWord.read(words[0]);
    const service = await openService(options, surroundings);
    const query = new URLSearchParams({ resourceId: id.text });
    const explained = await service.get(`/api/explain?${query}`, explainedSchema);
    for (const line of tellExplained(explained)) surroundings.output.out(line);
    return exitCodes.good;
  },
});

function tellExplained({ resourceId, outcome, policy, writes, baselines, underWay }: Explained): string[] {
  const next = underWay?.nextLookAt === undefined ? "" : `; it is looked at again at ${underWay.nextLookAt}`;
  return [
    `${resourceId}: ${outcome}`,
    `  ${policy}`,
    `  ${writes}`,
    ...(underWay ? [`  Remediation ${underWay.remediationId} is under way${next}.`] : []),
    ...baselines.flatMap(({ baseline, mode, decidedBy, rule, now, because }) => [
      `  ${baseline}${mode === undefined ? "" : ` (${mode})`}: ${now}`,
      `    Decided by ${rule === undefined ? decidedBy : `${decidedBy}, rule ${rule}`}.`,
      ...because.map((reason) => `    ${reason}`),
    ]),
  ];
}
