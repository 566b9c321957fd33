import * as z from "zod";
import { isManagementGroup } from "../../shared/policy/scopes.ts";
import { openAzure, subscriptionOf } from "../check/azure.ts";
import { checkScope } from "../check/check-live.ts";
import { inParallel } from "../check/in-parallel.ts";
import type { CheckedResource } from "../check/standing.ts";
import { defineCommand } from "../frame/command.ts";
import { exitCodes } from "../frame/output.ts";
import { scopeWord } from "../frame/words.ts";
import { journalStanding } from "../report/journal-standing.ts";
import { reportLines, type ServiceKnowledge } from "../report/report.ts";
import { reportFormats, tellReport } from "../report/tell-report.ts";
import { isServiceNamed, serviceOptions } from "../service/find-service.ts";
import { allExemptions, remediationsOf } from "../service/list.ts";
import { openService, type ServiceClient } from "../service/service-client.ts";

const askedAtATime = 4;

/** `report`: what an auditor wants to see of a scope. Nothing is written. */
export const report = defineCommand({
  name: "report",
  summary:
    "Reports a scope to auditors: every resource and baseline, its state and since when, controls, exemptions, and whether the journal is unaltered.",
  details: [
    "The states are read in Azure now, with what this machine is signed in with. Since when they are so, and exemptions, come from the service. The journal is walked where JOURNAL_STORAGE, AzureWebJobsStorage or AzureWebJobsStorage__accountName names its storage account; else the service says how it found it.",
    "It ends with 0 whatever the states are, and with 1 where the journal was altered.",
  ],
  arguments: [],
  options: z.strictObject({
    scope: z.string().meta({ value: "SCOPE", description: scopeWord.argument.meaning }),
    output: z.enum(reportFormats).default("table").meta({ value: "FORMAT", description: "how it is printed" }),
    policy: z
      .string()
      .meta({ value: "FILE", description: "judge by this policy file: its rules' parameters, modes and exemptions" })
      .optional(),
    ...serviceOptions,
  }),
  examples: [
    {
      line: 'report --scope "/subscriptions/$SUBSCRIPTION_ID" --output csv > report.csv',
      does: "A subscription, for a spreadsheet:",
    },
  ],
  async run({ scope: text, output: format, policy, ...options }, _words, surroundings) {
    const { output, now } = surroundings;
    const scope = scopeWord.read(text);
    const readable = isManagementGroup(scope) ? scope : subscriptionOf(scope);
    const azure = await openAzure(surroundings, [readable], policy);
    const service = (await isServiceNamed(options, surroundings))
      ? await openService(options, surroundings)
      : undefined;
    const resources = await checkScope(azure, scope, (done, of) => output.progress?.(`${done} of ${of} read`));
    const known = service ? await knownBy(service, resources) : { remediations: new Map(), exemptions: [] };
    const journal = await journalStanding(service, options, surroundings);
    output.progress?.("");
    const lines = reportLines(resources, known);
    const whole = { scope: text, at: now().toISOString(), serviceAsked: service !== undefined, journal, lines };
    for (const line of tellReport(whole, format)) output.out(line);
    return journal.state === "altered" ? exitCodes.bad : exitCodes.good;
  },
});

async function knownBy(service: ServiceClient, resources: readonly CheckedResource[]): Promise<ServiceKnowledge> {
  const listed = await allExemptions(service);
  const exemptions = listed.flatMap((each) => ("problem" in each || each.active === false ? [] : [each]));
  const entries = await inParallel(
    resources,
    askedAtATime,
    async ({ id }) => [id.toLowerCase(), await remediationsOf(service, id)] as const,
  );
  return { remediations: new Map(entries), exemptions };
}
