import * as z from "zod";
import { saidBy } from "../check/arm.ts";
import { assignmentsHeldAt } from "../check/assigned-roles.ts";
import { insightsVersion, monitoringMetricsPublisher } from "../check/insights.ts";
import { principalsOf } from "./app.ts";
import { fine, type Line, red, warning } from "./line.ts";
import type { Look } from "./look.ts";

const insightsSchema = z.object({
  properties: z.object({ WorkspaceResourceId: z.string().nullish(), DisableLocalAuth: z.boolean().nullish() }),
});
/** Stable; the one that infra/core makes a workspace with. */
const workspaceVersion = "api-version=2023-09-01";

/** Whether the service can log where there is a component or a workspace already; nothing where neither is given. */
export async function existingLog(look: Look): Promise<Line[]> {
  const { insights, workspace } = look;
  if (insights !== undefined && workspace !== undefined) {
    const found =
      "EXISTING_INSIGHTS_ID and EXISTING_WORKSPACE_ID are both set: the layer core is refused, after access has assigned the role on the component.";
    return [red("log", found, 'azd env set EXISTING_WORKSPACE_ID "", since the component has its workspace')];
  }
  if (insights !== undefined) return await existingInsights(look, insights);
  return workspace === undefined ? [] : [await existingWorkspace(look, workspace)];
}

async function existingWorkspace({ arm }: Look, workspace: string): Promise<Line> {
  const answer = await arm.get(`${workspace}?${workspaceVersion}`);
  if (answer.status === 200) return fine("log", `It goes to ${workspace}, by a component of the service's own.`);
  const todo = "azd env set EXISTING_WORKSPACE_ID ID, of a workspace that you may read";
  return red("log", `${workspace} is not shown: ${saidBy(answer)}`, todo);
}

async function existingInsights(look: Look, insights: string): Promise<Line[]> {
  const answer = await look.arm.get(`${insights}?api-version=${insightsVersion}`);
  const parsed = insightsSchema.safeParse(answer.body);
  if (answer.status !== 200 || !parsed.success) {
    const todo = "azd env set EXISTING_INSIGHTS_ID ID, of a component that you may read";
    return [red("log", `${insights} is not shown: ${saidBy(answer)}`, todo)];
  }
  const { WorkspaceResourceId: workspace, DisableLocalAuth: takesTokensAlone } = parsed.data.properties;
  if (!workspace) {
    const todo = "Have it moved to a workspace by its owner, or give another one";
    return [red("log", `${insights} is a classic component, without a workspace.`, todo)];
  }
  const lines = await missingRole(look, insights);
  if (takesTokensAlone !== true) {
    const found =
      "Its component takes lines without a token: whoever has its connection string can write in the service's name.";
    lines.push(warning("log", found, "Ask its owner to turn local authentication off"));
  }
  return lines.length > 0 ? lines : [fine("log", `It goes to ${workspace}, by a component that takes tokens alone.`)];
}

/** Before the deployment there is no identity yet. */
async function missingRole(look: Look, insights: string): Promise<Line[]> {
  if (look.app === undefined && look.principal === undefined) return [];
  const [principal] = look.principal === undefined ? await principalsOf(look.arm, look) : [look.principal];
  if (principal === undefined) return [];
  const held = await assignmentsHeldAt(look.arm, insights, principal);
  if (held.some(({ role }) => role === monitoringMetricsPublisher)) return [];
  const found = `On ${insights} the service's identity lacks Monitoring Metrics Publisher: nothing is logged.`;
  return [red("log", found, "azd provision access")];
}
