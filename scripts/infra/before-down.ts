import { type Arm, openArm } from "../../command/check/arm.ts";
import { connectedElsewhere, deploymentIn, inItsCloud, removeOutsideGroup, staying } from "./removal.ts";

/**
 * Before `azd down`: takes away what it would leave, which is the event subscriptions of a topic of somebody else, the right to log by an
 * Application Insights component of somebody else, the roles and their assignments; and tells what stays. Rejects, having deleted nothing, where the journal would go with the resource group and nobody asked for that, and where
 * somebody else was assigned one of the roles; and, having deleted the rest, where Azure refused to delete some of it. `azd down` stops then.
 */
export async function beforeDown(arm: Arm, environment: NodeJS.ProcessEnv, out: (line: string) => void): Promise<void> {
  const deployment = deploymentIn(environment);
  if (deployment.DELETE_JOURNAL !== "yes") {
    throw new Error(
      `azd down deletes the resource group ${deployment.AZURE_RESOURCE_GROUP}, and in it the storage account ${deployment.GUARD_JOURNAL_NAME} with the journal.
To keep it and remove all else: npm run remove-all-but-journal (docs/deployment.md).
To delete it too: copy the container journal, then say so: azd env set DELETE_JOURNAL yes`,
    );
  }
  const left = await removeOutsideGroup(arm, deployment, { dryRun: false, told: (id) => out(`deleted ${id}`) });
  if (left.length > 0) {
    const lines = left.map(({ id, why }) => `${id}\n  ${why}`);
    throw new Error(`Azure refused to delete these. Mend that, and run it again:\n${lines.join("\n")}`);
  }
  for (const each of [...staying(deployment), connectedElsewhere]) out(`stays   ${each}`);
}

if (import.meta.main) {
  const arm = await openArm({ environment: inItsCloud(process.env), directory: process.cwd(), now: () => new Date() });
  await beforeDown(arm, process.env, (line) => void process.stdout.write(`${line}\n`));
}
