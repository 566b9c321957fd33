import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";

/** What the function app is told where it runs by a policy file. */
export interface PolicySettings {
  POLICY_FILE: string;
  POLICY_READ_SECONDS: string;
}

/** What `npm start` enforces, for a person to change. */
const policy = `# yaml-language-server: $schema=../docs/guard.policy.schema.json
# Change this file while everything runs: the app takes it up within two seconds. See docs/policy.md.
version: 1
mode: enforce

rules: []

exemptions: []
`;

/**
 * Writes guard.policy.yaml into a folder, unless a person has one there already. Gives the settings by which the app reads it.
 * @param directory absolute.
 */
export async function writePolicyFile(directory: string): Promise<PolicySettings> {
  const file = path.join(directory, "guard.policy.yaml");
  await mkdir(directory, { recursive: true });
  if (!existsSync(file)) await writeFile(file, policy);
  return { POLICY_FILE: file, POLICY_READ_SECONDS: "2" };
}
