import * as z from "zod";
import { defineCommand, type RegisteredCommand, type Surroundings } from "../frame/command.ts";
import { exitCodes, UsageError } from "../frame/output.ts";
import { remediationWord } from "../frame/words.ts";
import { type Asked, judgedSchema, remediationSchema } from "../service/answers.ts";
import { serviceOptions } from "../service/find-service.ts";
import { openService, type ServiceClient } from "../service/service-client.ts";
import { exitCodeOf, tellJudged } from "../service/tell-judged.ts";

const example = "1795399077313-9ec8bcd4";

/** `approve`: lets the service make a fix that waits for a person. */
export const approve = rulingCommand(
  "approve",
  "Approves a fix that waits for a person; it is made at once, where it still is the same.",
);

/** `reject`: says no to such a fix. */
export const reject = rulingCommand(
  "reject",
  "Rejects a fix that waits for a person: it is left alone for a while, or until another one is proposed.",
);

/** A word binds to the hash of what would be changed: who gives none is shown it, and asked. */
function rulingCommand(name: "approve" | "reject", summary: string): RegisteredCommand {
  return defineCommand({
    name,
    summary,
    details: [
      "The word counts for one proposal, by its hash. Without --proposal, what would be changed is shown, and the person at the terminal is asked; where there is none, --proposal has to be given. Who made the change can't decide about it.",
    ],
    arguments: [remediationWord.argument],
    options: z.strictObject({
      reason: z.string().trim().min(1).max(200).meta({ value: "TEXT", description: "why; the journal keeps it" }),
      proposal: z
        .string()
        .regex(/^[0-9a-f]{64}$/i, "must be 64 hexadecimal digits")
        .meta({ value: "HASH", description: "what is decided about, as fix and notifications show it" })
        .optional(),
      baseline: z
        .string()
        .meta({ value: "BASELINE", description: "which one, where several wait, e.g. storage/secure-transfer" })
        .optional(),
      ...serviceOptions,
    }),
    examples: [
      {
        line: `${name} ${example} --reason "Seen with the ships' office."`,
        does: "Shows what would be changed, and asks:",
      },
    ],
    async run({ reason, proposal, baseline, ...options }, words, surroundings) {
      const id = remediationWord.read(words[0]);
      const service = await openService(options, surroundings);
      const decided = proposal ?? (await askAbout(service, id, baseline, name, surroundings));
      if (decided === undefined) return exitCodes.bad;
      const answer = await service.post(`/api/remediations/${id}/${name}`, { reason, proposal: decided }, judgedSchema);
      for (const line of tellJudged(answer)) surroundings.output.out(line);
      return name === "reject" ? exitCodes.good : exitCodeOf(answer.outcome);
    },
  });
}

/** The hash of what a person saw and said yes to; nothing where they said no. */
async function askAbout(
  service: ServiceClient,
  id: string,
  baseline: string | undefined,
  verb: "approve" | "reject",
  { output, ask }: Surroundings,
): Promise<string | undefined> {
  const { resourceId, baselines } = await service.get(`/api/remediations/${id}`, remediationSchema);
  const waiting = baselines.flatMap(({ baseline: name, why, asked }) =>
    asked && (baseline === undefined || baseline === name) ? [{ name, why, asked }] : [],
  );
  const [only, ...others] = waiting;
  if (!only)
    throw new UsageError(`Nothing of remediation ${id} waits for a person${baseline ? ` about ${baseline}` : ""}.`);
  for (const each of waiting) for (const line of tellAsked(each, resourceId)) output.out(line);
  if (others.length > 0) throw new UsageError("Several fixes wait: say which one, by --baseline or --proposal.");
  if (!ask)
    throw new UsageError(`Nobody is at the terminal to ask: ${verb} it with --proposal ${only.asked.proposal}.`);
  const word = await ask(`${verb === "approve" ? "Approve" : "Reject"} this? [y/N] `);
  if (/^y(es)?$/i.test(word.trim())) return only.asked.proposal;
  output.out("Nothing was decided.");
  return undefined;
}

function tellAsked({ name, why, asked }: { name: string; why: string; asked: Asked }, resourceId: string): string[] {
  const { changes, mayBreak, expiresAt, proposal } = asked;
  return [
    resourceId,
    `  ${name}: ${why}`,
    ...changes.map(({ part, patch }) => `  Would be sent${part === "" ? "" : ` to ${part}`}: ${JSON.stringify(patch)}`),
    ...(mayBreak === undefined ? [] : [`  May break: ${mayBreak}`]),
    `  Proposal ${proposal}, until ${expiresAt}`,
  ];
}
