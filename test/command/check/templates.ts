import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { onTestFinished } from "vitest";
import { z } from "zod";
import { type Ran, run } from "../run.ts";

/** An account that meets every baseline. */
export const compliantAccount = {
  type: "Microsoft.Storage/storageAccounts",
  apiVersion: "2023-01-01",
  name: "polaris",
  properties: {
    supportsHttpsTrafficOnly: true,
    minimumTlsVersion: "TLS1_2",
    sasPolicy: { sasExpirationPeriod: "1.00:00:00", expirationAction: "Log" },
  },
};

/** The same with other properties. */
export function account(properties: object, more: object = {}): object {
  return { ...compliantAccount, ...more, properties: { ...compliantAccount.properties, ...properties } };
}

/** A template with these resources. */
export function template(resources: readonly object[] | object, more: object = {}): object {
  return {
    $schema: "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
    contentVersion: "1.0.0.0",
    ...more,
    resources,
  };
}

const checkedSchema = z.object({
  resources: z.array(
    z.object({
      id: z.string(),
      type: z.string(),
      standings: z.array(
        z.object({
          baseline: z.string(),
          state: z.string(),
          reason: z.string().optional(),
          findings: z.array(
            z.object({ path: z.string(), actual: z.json(), place: z.object({ startLine: z.number() }).optional() }),
          ),
        }),
      ),
    }),
  ),
});

/** What `check` says of a file, by resource and baseline, e.g. `{ polaris: { "storage/minimum-tls": "unknown" } }`. */
export interface FileChecked extends Ran {
  states: { [resource: string]: { [baseline: string]: string } };
  resources: z.infer<typeof checkedSchema>["resources"];
}

/** Checks a file with this content, beside others by their names. */
export async function checkContent(
  content: object | string,
  options: readonly string[] = [],
  others: { [name: string]: object | string } = {},
  environment: NodeJS.ProcessEnv = {},
): Promise<FileChecked> {
  const directory = await folderWith({ "main.json": content, ...others });
  const ran = await run(["check", "main.json", "--output", "json", ...options], environment, { directory });
  if (ran.out.length === 0) return { ...ran, states: {}, resources: [] };
  const { resources } = checkedSchema.parse(JSON.parse(ran.out.join("\n")));
  const states = resources.map(({ id, standings }) => [
    id,
    Object.fromEntries(standings.map(({ baseline, state }) => [baseline, state])),
  ]);
  return { ...ran, resources, states: Object.fromEntries(states) };
}

/** A folder that goes when the test ends. */
export async function folderWith(files: { [name: string]: object | string }): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), "check-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    const text = typeof content === "string" ? content : JSON.stringify(content, null, 2);
    await writeFile(path.join(directory, name), text);
  }
  return directory;
}
