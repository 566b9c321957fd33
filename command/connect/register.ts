import type { AzureSide } from "./azure-side.ts";
import type { Step } from "./step.ts";

/** What delivers events. The provider of a subscription's own events, Microsoft.Resources, is registered in every one. */
const namespace = "Microsoft.EventGrid";
const version = "api-version=2022-09-01";
const pauseMilliseconds = 5000;
/** Ten minutes; Azure takes one or two. */
const mostLooks = 120;

/** Registers Event Grid in a subscription and waits until it is. Throws where Azure refuses, or takes too long. */
export async function registerProvider(azure: AzureSide, dryRun: boolean): Promise<Step> {
  const path = `/subscriptions/${azure.subscriptionId}/providers/${namespace}`;
  const stateNow = async () => (await azure.ask("GET", `${path}?${version}`))?.registrationState;
  if ((await stateNow()) === "Registered") return { what: "provider", name: namespace, did: "unchanged" };
  if (dryRun) return { what: "provider", name: namespace, did: "would be made", why: "registered" };
  if (!(await azure.ask("POST", `${path}/register?${version}`))) {
    throw new Error("Azure has no such subscription, or does not show it to who is signed in.");
  }
  for (let look = 0; look < mostLooks; look += 1) {
    if ((await stateNow()) === "Registered")
      return { what: "provider", name: namespace, did: "made", why: "registered" };
    await azure.wait(pauseMilliseconds);
  }
  throw new Error(`${namespace} is still not registered after ten minutes: run connect again later.`);
}
