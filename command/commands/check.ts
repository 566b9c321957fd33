import { readFile } from "node:fs/promises";
import path from "node:path";
import * as z from "zod";
import { parseScope } from "../../shared/policy/scopes.ts";
import { openAzure, settingsHere, subscriptionOf } from "../check/azure.ts";
import { checkFile, type NamedText } from "../check/check-file.ts";
import { checkResource, checkScope } from "../check/check-live.ts";
import { formats, printChecked } from "../check/outputs.ts";
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
    "Parameters of baselines are taken from the environment, under the names of the service's settings. What a file leaves to the deployment is unknown, and no pass.",
  ],
  arguments: [
    {
      name: "RESOURCE|SCOPE|FILE",
      meaning: "a resource id; /subscriptions/GUID, or a resource group in it; or the name of a JSON file",
      completes: "files",
    },
  ],
  options: z.strictObject({
    output: z.enum(formats).default("table").meta({ value: "FORMAT", description: "how it is printed" }),
    parameters: z.string().meta({ value: "FILE", description: "the parameters file of a template" }).optional(),
  }),
  examples: [
    {
      line: "check main.json --parameters main.parameters.json",
      does: "A template in a pipeline; exit code 2 where it is not compliant:",
    },
    { line: "check main.json --output sarif > guard.sarif", does: "For code scanning:" },
    { line: 'check "/subscriptions/$SUBSCRIPTION_ID/resourceGroups/guests"', does: "All of a resource group:" },
  ],
  async run({ output, parameters }, [target = ""], surroundings) {
    const checked = await checkedFor(target, parameters, surroundings);
    return printChecked(checked, output, surroundings.output);
  },
});

async function checkedFor(
  target: string,
  parameters: string | undefined,
  surroundings: Surroundings,
): Promise<Checked> {
  const { directory, output } = surroundings;
  const scope = parseScope(target);
  const isInAzure = scope !== undefined || /^\/subscriptions\//i.test(target);
  if (isInAzure && parameters !== undefined) throw new UsageError("--parameters goes with a file.");
  if (scope) {
    const azure = await openAzure(surroundings, [subscriptionOf(scope)]);
    const resources = await checkScope(azure, scope, (done, of) => output.progress?.(`${done} of ${of} read`));
    output.progress?.("");
    return { resources };
  }
  if (isInAzure) {
    const id = resourceWord.read(target);
    return { resources: [await checkResource(await openAzure(surroundings, [subscriptionOf(id)]), id)] };
  }
  const given = parameters === undefined ? undefined : await textIn(parameters, directory);
  return checkFile(await textIn(target, directory), given, await settingsHere(surroundings));
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
