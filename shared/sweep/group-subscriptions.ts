import type { TokenCredential } from "@azure/core-auth";
import * as z from "zod";
import { type Cloud, tokenScope } from "../policy/clouds.ts";
import { createWire, type Wire } from "../resources/wire.ts";
import { armList } from "./arm-list.ts";

/** ARM actions on a management group that the service needs to see which subscriptions are in it. */
export const managementGroupPermissions = ["Microsoft.Management/managementGroups/descendants/read"];

/** Stable since 2020, and what `connect` asks with. */
const version = "2020-05-01";
const descendantSchema = z.object({ type: z.string(), name: z.string() });

/**
 * Asks Azure Resource Manager which subscriptions are in a management group, at any depth (docs: "Management Groups - Get Descendants").
 * The role needs {@link managementGroupPermissions} on the group. Throws `azure-refused`.
 */
export function subscriptionsInGroup(
  cloud: Cloud,
  credential: () => TokenCredential,
): (managementGroup: string) => Promise<string[]> {
  return async (managementGroup) => {
    const { ResourceGraphClient } = await import("@azure/arm-resourcegraph");
    const { pipeline } = new ResourceGraphClient(credential(), {
      endpoint: cloud.endpoint,
      credentials: { scopes: [tokenScope(cloud)] },
      retryOptions: { maxRetries: 0 },
    });
    return await subscriptionsOver(createWire(pipeline, cloud.endpoint, version), managementGroup);
  };
}

/** The same over any way to ask. */
export async function subscriptionsOver(wire: Pick<Wire, "get">, managementGroup: string): Promise<string[]> {
  const listed = await armList(wire, `/providers/Microsoft.Management/managementGroups/${managementGroup}/descendants`);
  return listed.flatMap((each) => {
    const found = descendantSchema.safeParse(each);
    return found.success && /\/subscriptions$/i.test(found.data.type) ? [found.data.name] : [];
  });
}
