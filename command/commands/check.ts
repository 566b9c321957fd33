import { readFile } from "node:fs/promises";
import path from "node:path";
import * as z from "zod";
import { isManagementGroup, parseConfiguredScope, parseScope } from "../../shared/policy/scopes.ts";
import type { Settings } from "../../shared/policy/settings.ts";
import { openAzure, settingsHere, subscriptionOf } from "../check/azure.ts";
import { checkFile, type NamedText } from "../check/check-file.ts";
import { checkResource, checkScope } from "../check/check-live.ts";
import type { DeclaredPolicy } from "../check/declared-policy.ts";
import { formats, printChecked } from "../check/outputs.ts";
import { policyHere } from "../check/policy-here.ts";
import type { Checked } from "../check/standing.ts";
import { defineCommand, type Surroundings } from "../frame/command.ts";
import { UsageError } from "../frame/output.ts";
import { resourceWord } from "../frame/words.ts";

/** `check`: judges resources in Azure, or in a file before they are deployed. Nothing is written. */
export const check = defineCommand({
  name: "check",
  summary:
    "Judges resources in Azure, or a file before it is deployed, by the service's own baselines. It changes nothing.",
  details: [
    "Azure is read with what this machine is signed in with (az login, environment, managed identity). A file is an ARM template, what bicep build --stdout prints, or what terraform show -json prints of a plan.",
    "Parameters of baselines are taken from the environment, under the names of the service's settings, or with --policy from the rules of a policy file. What a file leaves to the deployment is unknown, and no pass.",
  ],
  arguments: [
    {
      name: "RESOURCE|SCOPE|FILE",
      meaning:
        "a resource id; /subscriptions/GUID, or a resource group in it; /providers/Microsoft.Management/managementGroups/ID; or the name of a JSON file",
      completes: "files",
    },
  ],
  options: z.strictObject({
    output: z.enum(formats).default("table").meta({ value: "FORMAT", description: "how it is printed" }),
    parameters: z.string().meta({ value: "FILE", description: "the parameters file of a template" }).optional(),
    policy: z
      .string()
      .meta({ value: "FILE", description: "judge by this policy file: its rules' parameters, modes and exemptions" })
      .optional(),
    to: z
      .string()
      .meta({ value: "GROUP", description: "with a policy file: /subscriptions/GUID/resourceGroups/NAME to deploy to" })
      .optional(),
  }),
  examples: [
    {
      line: "check main.json --parameters main.parameters.json",
      does: "A template in a pipeline; exit code 2 where it is not compliant:",
    },
    { line: "check main.json --output sarif > guard.sarif", does: "For code scanning:" },
    { line: 'check "/subscriptions/$SUBSCRIPTION_ID/resourceGroups/guests"', does: "All of a resource group:" },
    {
      line: 'check main.json --policy guard.policy.yaml --to "/subscriptions/$SUBSCRIPTION_ID/resourceGroups/guests"',
      does: "By the rules and exemptions of a policy file:",
    },
  ],
  async run({ output, ...given }, [target = ""], surroundings) {
    const checked = await checkedFor(target, given, surroundings);
    return printChecked(checked, output, surroundings.output);
  },
});

/** Files that a check goes by, and where a file will be deployed. */
interface Given {
  parameters?: string | undefined;
  policy?: string | undefined;
  to?: string | undefined;
}

async function checkedFor(target: string, given: Given, surroundings: Surroundings): Promise<Checked> {
  const { parameters, policy, to } = given;
  const { directory, output } = surroundings;
  const scope = parseConfiguredScope(target);
  const isInAzure = scope !== undefined || /^\/subscriptions\//i.test(target);
  if (isInAzure && parameters !== undefined) throw new UsageError("--parameters goes with a file.");
  if (isInAzure && to !== undefined) throw new UsageError("--to goes with a file.");
  if (scope) {
    const readable = isManagementGroup(scope) ? scope : subscriptionOf(scope);
    const azure = await openAzure(surroundings, [readable], policy);
    const resources = await checkScope(azure, scope, (done, of) => output.progress?.(`${done} of ${of} read`));
    output.progress?.("");
    return { resources };
  }
  if (isInAzure) {
    const id = resourceWord.read(target);
    return { resources: [await checkResource(await openAzure(surroundings, [subscriptionOf(id)], policy), id)] };
  }
  const file = await textIn(target, directory);
  const settings = await settingsHere(surroundings);
  const values = parameters === undefined ? undefined : await textIn(parameters, directory);
  return checkFile(file, values, settings, await declaredPolicy(given, settings, surroundings));
}

async function declaredPolicy(
  { policy, to }: Given,
  settings: Settings,
  surroundings: Surroundings,
): Promise<DeclaredPolicy | undefined> {
  if (policy === undefined && to === undefined) return undefined;
  const scope = to === undefined ? undefined : parseScope(to);
  if (policy === undefined || scope?.resourceGroup === undefined) {
    throw new UsageError(
      "With a file, --policy and --to go together: rules go by where a resource is. Give --to /subscriptions/GUID/resourceGroups/NAME.",
    );
  }
  return { accepted: await policyHere(policy, settings, surroundings), scope };
}

/** Named from the working folder on, as code scanning wants it. */
async function textIn(name: string, directory: string): Promise<NamedText> {
  const file = path.resolve(directory, name);
  try {
    return { name: path.relative(directory, file), text: await readFile(file, "utf8") };
  } catch (thrown) {
    const code = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "";
    const why = code === "ENOENT" ? "there is no such file, and it is no id of Azure" : `it can't be read (${code})`;
    throw new UsageError(`${JSON.stringify(name)}: ${why}.`);
  }
}
