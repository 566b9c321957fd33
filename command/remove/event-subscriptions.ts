import * as z from "zod";
import type { Arm } from "../check/arm.ts";
import { type Deleting, deleteEach, type Left } from "./delete-each.ts";

const eventSubscriptionSchema = z.object({
  id: z.string(),
  name: z.string(),
  properties: z.object({
    destination: z.object({ properties: z.object({ resourceId: z.string().nullish() }).nullish() }).nullish(),
  }),
});
const version = "2025-02-15";

/**
 * Takes a deployment's event subscriptions away from a topic that stays: those with its name that lead into its resource group. The
 * topic itself and those of others are not altered, and one that is gone is not missed. Gives what Azure refused to delete. Throws `azure-refused` where it does not show them.
 * @param group the service's own resource group, `/subscriptions/GUID/resourceGroups/NAME`.
 */
export async function removeEventSubscriptions(
  arm: Arm,
  topicId: string,
  environmentName: string,
  group: string,
  deleting: Deleting,
): Promise<Left[]> {
  const { status } = await arm.get(`${topicId}?api-version=${version}`);
  if (status === 404) return [];
  const listed = await arm.list(`${topicId}/eventSubscriptions?api-version=${version}`);
  const own = listed.flatMap((each) => {
    const parsed = eventSubscriptionSchema.safeParse(each).data;
    return parsed && isOwn(parsed, environmentName, group) ? [parsed.id] : [];
  });
  return deleteEach(arm, own, version, deleting);
}

function isOwn(
  { name, properties }: z.infer<typeof eventSubscriptionSchema>,
  environmentName: string,
  group: string,
): boolean {
  const prefix = `guard-${environmentName}-`.toLowerCase();
  const target = properties.destination?.properties?.resourceId?.toLowerCase() ?? "";
  const number = name.toLowerCase().startsWith(prefix) ? name.slice(prefix.length) : "";
  return /^\d+$/.test(number) && target.startsWith(`${group}/`.toLowerCase());
}
