import type { Arm, Subscription } from "./arm/index.ts";

/**
 * Shows the running function app to Azure Resource Manager, so that Event Grid's subscriptions find it. Gives its resource id.
 * @param functions those that the app has registered, with their triggers.
 */
export function showFunctionApp(
  arm: Pick<Arm, "seed">,
  { subscriptionId }: Pick<Subscription, "subscriptionId">,
  functions: readonly { name: string; trigger: string }[],
): string {
  const id = `/subscriptions/${subscriptionId}/resourceGroups/rg-encryption-guard/providers/Microsoft.Web/sites/azure-encryption-guard`;
  arm.seed(id);
  for (const { name, trigger } of functions) {
    arm.seed(`${id}/functions/${name}`, { properties: { config: { bindings: [{ type: trigger, direction: "in" }] } } });
  }
  return id;
}
