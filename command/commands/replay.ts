import * as z from "zod";
import { defineCommand } from "../frame/command.ts";
import { exitCodes } from "../frame/output.ts";
import { serviceOptions } from "../service/find-service.ts";
import { openService } from "../service/service-client.ts";

const replayedSchema = z.object({ replayed: z.record(z.string(), z.number()), left: z.record(z.string(), z.number()) });

/** `replay`: asks the service to put back to work what it keeps. */
export const replay = defineCommand({
  name: "replay",
  summary: "Puts back to work what the service keeps because it failed for good.",
  arguments: [],
  options: z.strictObject(serviceOptions),
  examples: [{ line: "replay", does: "Takes each kept message once, and says how many are left:" }],
  async run(options, _words, surroundings) {
    const service = await openService(options, surroundings);
    const { replayed, left } = await service.post("/api/replay", undefined, replayedSchema);
    for (const [queue, count] of Object.entries(replayed)) {
      surroundings.output.out(`${queue}: ${count} put back, ${left[queue] ?? 0} kept`);
    }
    return exitCodes.good;
  },
});
