import { type Arm, saidBy } from "../../command/check/arm.ts";
import type { GroupResource } from "./group-resources.ts";

const accountType = "microsoft.storage/storageaccounts";
/** The one that infra/access/journal.bicep makes it with. */
const version = "api-version=2025-01-01";

/**
 * The storage account of the journal among the resources of a group: the one that the deployment put out by name, once it was seen to hold the
 * container `journal`, and no other account to hold one. Rejects where that can't be told, since all the others are deleted.
 * @param name what the layer access put out as `GUARD_JOURNAL_NAME`.
 */
export async function journalAccount(
  arm: Arm,
  resources: readonly GroupResource[],
  name: string,
): Promise<GroupResource> {
  const accounts = resources.filter(({ type }) => type.toLowerCase() === accountType);
  const named = accounts.find(({ id }) => id.split("/").at(-1)?.toLowerCase() === name.toLowerCase());
  if (named === undefined) {
    throw new Error(`Which storage account holds the journal can't be told, and nothing was deleted: ${name} is not in the resource group.
Where the journal is gone, azd down deletes the rest: azd env set DELETE_JOURNAL yes`);
  }
  const holding: GroupResource[] = [];
  for (const account of accounts) if (await holdsJournal(arm, account)) holding.push(account);
  if (holding.length === 1 && holding[0] === named) return named;
  const told = holding.map(({ id }) => id).join(", ");
  throw new Error(`Which storage account holds the journal can't be told, and nothing was deleted: GUARD_JOURNAL_NAME is ${name}.
Storage accounts with a container journal: ${told === "" ? "none" : told}`);
}

async function holdsJournal(arm: Arm, { id }: GroupResource): Promise<boolean> {
  const answer = await arm.get(`${id}/blobServices/default/containers/journal?${version}`);
  if (answer.status === 200) return true;
  if (answer.status === 404) return false;
  throw new Error(`Which storage account holds the journal can't be told, and nothing was deleted: Azure does not say whether ${id} has a container journal.
${saidBy(answer)}`);
}
