import * as z from "zod";
import { defineCommand } from "../frame/command.ts";
import { exitCodes } from "../frame/output.ts";
import { exemptionSchema } from "../service/answers.ts";
import { serviceOptions } from "../service/find-service.ts";
import { allExemptions } from "../service/list.ts";
import { openService } from "../service/service-client.ts";
import { tellExemption } from "../service/tell-exemption.ts";

/** `exemptions`: lists what people exempted. */
export const exemptions = defineCommand({
  name: "exemptions",
  summary: "Lists the exemptions that people granted, newest first.",
  arguments: [],
  options: z.strictObject({
    all: z.boolean().default(false).describe("those that are over, too"),
    ...serviceOptions,
  }),
  examples: [{ line: "exemptions", does: "What is left alone just now, and until when:" }],
  async run({ all, ...options }, _words, surroundings) {
    const { out } = surroundings.output;
    const listed = await allExemptions(await openService(options, surroundings));
    const shown = listed.filter((each) => all || "problem" in each || each.active !== false);
    for (const each of shown) {
      out("problem" in each ? `${each.id}  ${each.scope}: exempts nothing: ${each.problem}` : tellExemption(each));
    }
    if (shown.length === 0) out("Nothing is exempt.");
    return exitCodes.good;
  },
});

/** `exemptions end`: ends one early. */
export const exemptionsEnd = defineCommand({
  name: "exemptions end",
  summary: "Ends an exemption early; a resource that it names is judged again.",
  arguments: [{ name: "ID", meaning: "the id of the exemption, as exemptions lists it" }],
  options: z.strictObject(serviceOptions),
  examples: [{ line: "exemptions end 1795399077313-9ec8bcd4", does: "The tablets were replaced:" }],
  async run(options, [id = ""], surroundings) {
    const service = await openService(options, surroundings);
    const ended = await service.delete(`/api/exemptions/${encodeURIComponent(id)}`, exemptionSchema);
    surroundings.output.out(`Ended: ${tellExemption(ended)}`);
    return exitCodes.good;
  },
});
