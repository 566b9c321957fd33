import { demoConnections, demoTunnels } from "./demo-resources.ts";
import type { LocalAzure } from "./local-azure.ts";

/**
 * Has the function app look once at the tunnels that carry a policy, as a sweep would have long ago: it goes back later to what
 * it has seen. Rejects where it does not answer a re-check.
 */
export async function lookAtTunnels({
  functions,
  environment,
}: Pick<LocalAzure, "functions" | "environment">): Promise<void> {
  const token = environment.FUNCTIONS_TOKEN;
  const withPolicy = demoTunnels.filter(({ policies }) => policies.length > 0).map(({ connectionId }) => connectionId);
  for (const resourceId of [...withPolicy, demoConnections.lagoonToFjord, demoConnections.fjordToLagoon]) {
    const response = await fetch(`${functions.url}/api/recheck`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "x-functions-key": functions.keys.function,
        ...(token ? { authorization: `Bearer ${token}` } : {}),
      },
      body: JSON.stringify({ resourceId }),
    });
    if (!response.ok) throw new Error(`The re-check of ${resourceId} was answered with ${response.status}`);
    await response.body?.cancel();
  }
}
