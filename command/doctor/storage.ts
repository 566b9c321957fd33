import * as z from "zod";
import { assignmentsHeldAt } from "../check/assigned-roles.ts";
import { isInSubnet, principalsOf } from "./app.ts";
import { fine, type Line, left, red, warning } from "./line.ts";
import type { Look } from "./look.ts";

const accountSchema = z.object({
  id: z.string(),
  name: z.string(),
  tags: z.record(z.string(), z.string()).nullish(),
  properties: z.object({
    allowSharedKeyAccess: z.boolean().nullish(),
    publicNetworkAccess: z.string().nullish(),
    networkAcls: z.object({ defaultAction: z.string() }).nullish(),
  }),
});

type Account = z.infer<typeof accountSchema>;

/** As in infra/access/own-access.bicep: Azure's built-in roles by their ids. */
const dataRoles = {
  "Storage Blob Data Owner": "b7e6dc6d-f1e8-4753-8033-0f276bb0955b",
  "Storage Queue Data Contributor": "974c5e8b-45b9-4653-ba55-5f855dd0fb88",
  "Storage Table Data Contributor": "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3",
};

/** Whether the service's own storage takes its identity, and no shared key. */
export async function storage(look: Look): Promise<Line[]> {
  const own = await ownAccounts(look);
  if (own.length === 0 && look.isLocal) return [left("storage")];
  if (own.length === 0)
    return [red("storage", `No account of a deployment is in ${look.resourceGroup}.`, "azd provision access")];
  const [principal] = look.principal === undefined ? await principalsOf(look.arm, look) : [look.principal];
  const isPrivate = await isInSubnet(look);
  return (await Promise.all(own.map((account) => linesOf(look, account, principal, isPrivate)))).flat();
}

/** The storage accounts that the deployment made. */
export async function ownAccounts({ arm, subscription, resourceGroup }: Look): Promise<Account[]> {
  const group = `${subscription}/resourceGroups/${resourceGroup}`;
  const listed = await arm.list(`${group}/providers/Microsoft.Storage/storageAccounts?api-version=2025-01-01`);
  const accounts = listed.flatMap((each) => accountSchema.safeParse(each).data ?? []);
  return accounts.filter(({ tags }) => tags?.["azd-env-name"] !== undefined);
}

/** Whether a firewall keeps out who comes over the internet. */
export function isClosed({ properties }: Account): boolean {
  return properties.publicNetworkAccess === "Disabled" || properties.networkAcls?.defaultAction === "Deny";
}

/** As infra/access/journal.bicep names it. */
export function isOfJournal({ name }: Account): boolean {
  return name.startsWith("stjournal");
}

async function linesOf(
  { arm }: Look,
  account: Account,
  principal: string | undefined,
  isPrivate: boolean,
): Promise<Line[]> {
  const { id, name, properties } = account;
  const lines: Line[] = [];
  if (properties.allowSharedKeyAccess !== false) {
    const todo = `az storage account update --ids ${id} --allow-shared-key-access false`;
    lines.push(red("storage", `${name} takes shared keys: whoever has one can rewrite the journal.`, todo));
  }
  if (isClosed(account) && !isPrivate) {
    const todo = "Let the app's network in, or azd provision access";
    lines.push(warning("storage", `${name} has a firewall: an app outside of it is refused.`, todo));
  }
  // On the journal its role is on the container.
  if (principal !== undefined && !isOfJournal(account)) lines.push(...(await missingRoles(arm, id, name, principal)));
  return lines.length > 0 ? lines : [fine("storage", `${name} takes the service's identity, and no shared key.`)];
}

async function missingRoles(arm: Look["arm"], id: string, name: string, principal: string): Promise<Line[]> {
  const held = new Set((await assignmentsHeldAt(arm, id, principal)).map(({ role }) => role));
  return Object.entries(dataRoles)
    .filter(([, role]) => !held.has(role))
    .map(([role]) => red("storage", `On ${name} the service's identity lacks ${role}.`, "azd provision access"));
}
