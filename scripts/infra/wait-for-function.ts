import { setTimeout } from "node:timers/promises";
import { DefaultAzureCredential } from "@azure/identity";
import * as z from "zod";
import { clouds, tokenScope } from "../../shared/policy/clouds.ts";

/** How Azure is asked, and how time goes by. */
export interface Asking {
  /** A GET, signed in: the status of the answer and its text. */
  ask(url: string): Promise<{ status: number; text: string }>;
  pause(milliseconds: number): Promise<unknown>;
  /** In milliseconds. */
  now(): number;
}

/** The function app, and the function of it that has to be there. */
interface Target {
  /** Of Azure Resource Manager, e.g. `https://management.azure.com`. */
  endpoint: string;
  subscriptionId: string;
  resourceGroup: string;
  functionApp: string;
  function: string;
}

/** Event Grid refuses a function that Azure does not list, which takes minutes at the worst. */
export const limitMilliseconds = 10 * 60_000;
const pauseMilliseconds = 5000;

/**
 * Waits until Azure Resource Manager lists a function. An answer that it is not there, or that Azure can't tell now (429, 5xx), is asked again.
 * Rejects on any other answer, with its text, and when it takes longer than {@link limitMilliseconds}.
 */
export async function waitForFunction(target: Target, { ask, pause, now }: Asking): Promise<void> {
  const app = `/subscriptions/${target.subscriptionId}/resourceGroups/${target.resourceGroup}/providers/Microsoft.Web/sites/${target.functionApp}`;
  const url = `${target.endpoint}${app}/functions/${target.function}?api-version=2024-04-01`;
  const until = now() + limitMilliseconds;
  for (;;) {
    const { status, text } = await ask(url);
    if (status === 200) return;
    if (status !== 404 && status !== 429 && status < 500) throw new Error(`Azure answered ${status}: ${text}`);
    if (now() + pauseMilliseconds > until) {
      throw new Error(`Azure does not list the function ${target.function} of ${target.functionApp} yet (${status}).`);
    }
    await pause(pauseMilliseconds);
  }
}

/** What azd gives its hooks: its own names, and the outputs of the layers. */
const environmentSchema = z.object({
  AZURE_SUBSCRIPTION_ID: z.guid(),
  AZURE_RESOURCE_GROUP: z.string().min(1),
  GUARD_FUNCTION_APP: z.string().min(1),
  GUARD_CLOUD: z.enum(Object.keys(clouds)),
});

async function waitAsHook(environment: NodeJS.ProcessEnv): Promise<void> {
  const values = environmentSchema.parse(environment);
  const cloud = clouds[values.GUARD_CLOUD];
  if (!cloud) throw new Error(`There is no cloud ${values.GUARD_CLOUD}`);
  const credential = new DefaultAzureCredential(cloud.authorityHost ? { authorityHost: cloud.authorityHost } : {});
  await waitForFunction(
    {
      endpoint: cloud.endpoint,
      subscriptionId: values.AZURE_SUBSCRIPTION_ID,
      resourceGroup: values.AZURE_RESOURCE_GROUP,
      functionApp: values.GUARD_FUNCTION_APP,
      function: "resource-changed",
    },
    {
      async ask(url) {
        const { token } = await credential.getToken(tokenScope(cloud));
        const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
        return { status: answer.status, text: await answer.text() };
      },
      pause: setTimeout,
      now: Date.now,
    },
  );
}

if (import.meta.main) await waitAsHook(process.env);
