import * as z from "zod";
import type { Role } from "../../shared/access/caller.ts";
import { CodedError } from "../../shared/errors.ts";
import type { Graph } from "./graph.ts";
import { refused, type Surface, write } from "./make-application.ts";
import type { Step } from "./step.ts";
import { type Application, roleId } from "./wanted.ts";

/** Somebody who is to have a role: a person, a group or a service principal, by object id. */
export interface Assignment {
  role: Role;
  principalId: string;
}

const principalSchema = z.object({ id: z.string(), appRoleAssignmentRequired: z.boolean() });
const pageSchema = z.object({
  value: z.array(z.object({ principalId: z.string(), appRoleId: z.string() })),
  "@odata.nextLink": z.string().optional(),
});

const takesWhom = "gives tokens only to whom a role was assigned";

/**
 * Makes the service principal of the application, which tokens are asked of, and lets it give tokens only to whom a role was assigned.
 * @param application absent where a dry run made none.
 * @param steps what was done is added here, also where a later request is refused.
 */
export async function makeServicePrincipal(
  surface: Surface,
  application: Application | undefined,
  assignments: readonly Assignment[],
  dryRun: boolean,
  steps: Step[],
): Promise<void> {
  const found = application && (await principalOf(surface.graph, application.appId));
  const step = { what: "service principal", name: found?.id ?? "", why: takesWhom } as const;
  if (!found) {
    const name = application ? await create(surface, application, dryRun) : "";
    steps.push({ ...step, name: name || "of the application", did: dryRun ? "would be made" : "made" });
  } else if (!found.appRoleAssignmentRequired) {
    const change = { appRoleAssignmentRequired: true };
    if (!dryRun) await write(surface, "PATCH", `servicePrincipals/${found.id}`, change);
    steps.push({ ...step, did: dryRun ? "would be changed" : "changed" });
  } else steps.push({ ...step, did: "unchanged" });
  const principal = application && (dryRun ? found : await principalOf(surface.graph, application.appId));
  for (const assignment of assignments) {
    steps.push(await assign(surface, application, principal?.id, assignment, dryRun));
  }
}

async function create(surface: Surface, { appId }: Application, dryRun: boolean): Promise<string> {
  if (dryRun) return "";
  const answer = await write(surface, "POST", "servicePrincipals", { appId, appRoleAssignmentRequired: true });
  return principalSchema.safeParse(answer.body).data?.id ?? "";
}

async function assign(
  surface: Surface,
  application: Application | undefined,
  resourceId: string | undefined,
  { role, principalId }: Assignment,
  dryRun: boolean,
): Promise<Step> {
  const step = { what: "assignment", name: `${role} to ${principalId}` } as const;
  const appRoleId = roleId(application, role);
  const given = resourceId === undefined ? [] : await assignmentsOf(surface.graph, resourceId);
  const isGiven = given.some((each) => each.principalId.toLowerCase() === principalId && each.appRoleId === appRoleId);
  if (isGiven) return { ...step, did: "unchanged" };
  if (dryRun || resourceId === undefined) return { ...step, did: "would be made" };
  const path = `servicePrincipals/${resourceId}/appRoleAssignedTo`;
  await write(surface, "POST", path, { principalId, resourceId, appRoleId });
  return { ...step, did: "made" };
}

async function principalOf(graph: Graph, appId: string) {
  const answer = await graph.ask("GET", `servicePrincipals(appId='${appId}')`);
  if (answer.status === 404) return undefined;
  if (answer.status !== 200) throw refused(answer);
  return principalSchema.parse(answer.body);
}

async function assignmentsOf(graph: Graph, id: string): Promise<z.infer<typeof pageSchema>["value"]> {
  const all: z.infer<typeof pageSchema>["value"] = [];
  const first = `servicePrincipals/${id}/appRoleAssignedTo?$top=999`;
  for (let next: string | undefined = first; next !== undefined; ) {
    const answer = await graph.ask("GET", next);
    const page = pageSchema.safeParse(answer.body);
    if (answer.status !== 200 || !page.success) throw refused(answer);
    all.push(...page.data.value);
    const link = page.data["@odata.nextLink"];
    next = link === undefined ? undefined : pathOf(link);
  }
  return all;
}

/** Without the host: a token goes with the request, so it is sent to Microsoft Graph whatever a page names. */
function pathOf(link: string): string {
  const { pathname, search } = new URL(link, "https://graph.microsoft.com");
  if (!pathname.startsWith("/v1.0/")) throw new CodedError("azure-refused", "A list goes on elsewhere.");
  return `${pathname.slice("/v1.0/".length)}${search}`;
}
