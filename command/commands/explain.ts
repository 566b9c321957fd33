import { z } from "zod";
import { defineCommand } from "../frame/command.ts";
import { exitCodes } from "../frame/output.ts";
import { resourceWord } from "../frame/words.ts";
import { anyObjectSchema } from "../service/answers.ts";
import { serviceOptions } from "../service/find-service.ts";
import { openService } from "../service/service-client.ts";
import { tellObject } from "../service/tell-object.ts";

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
    const answer = await service.get(`/api/explain?${query}`, anyObjectSchema);
    for (const line of tellObject(answer)) surroundings.output.out(line);
    return exitCodes.good;
  },
});
