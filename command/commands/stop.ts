import * as z from "zod";
import { defineCommand, type RegisteredCommand } from "../frame/command.ts";
import { exitCodes } from "../frame/output.ts";
import { anyObjectSchema } from "../service/answers.ts";
import { serviceOptions } from "../service/find-service.ts";
import { openService } from "../service/service-client.ts";

/** `stop`: from now on the service writes nothing to Azure. */
export const stop = switchCommand(
  "stop",
  "Stops all writes of the service to Azure, at once; it goes on to judge, and an undo is still made.",
  "Writes to Azure are stopped.",
);

/** `resume`: it may write again. */
export const resume = switchCommand("resume", "Lets the service write to Azure again.", "Writes to Azure go on.");

function switchCommand(name: "stop" | "resume", summary: string, done: string): RegisteredCommand {
  return defineCommand({
    name,
    summary,
    arguments: [],
    options: z.strictObject({
      reason: z.string().trim().min(1).max(200).meta({ value: "TEXT", description: "why; the journal keeps it" }),
      ...serviceOptions,
    }),
    examples: [
      { line: `${name} --reason "Harbour drill until noon."`, does: `${name === "stop" ? "Stop" : "Go on"}:` },
    ],
    async run({ reason, ...options }, _words, surroundings) {
      const service = await openService(options, surroundings);
      await service.post(`/api/${name}`, { reason }, anyObjectSchema);
      surroundings.output.out(done);
      return exitCodes.good;
    },
  });
}
