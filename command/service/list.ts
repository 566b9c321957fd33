import type * as z from "zod";
import { exemptionsSchema, type RemediationSummary, remediationsSchema } from "./answers.ts";
import type { ServiceClient } from "./service-client.ts";

type ListedExemption = z.infer<typeof exemptionsSchema>["exemptions"][number];

/** All exemptions that people granted, newest first, page by page. */
export async function allExemptions(service: ServiceClient): Promise<ListedExemption[]> {
  const listed: ListedExemption[] = [];
  for (let query = ""; ; ) {
    const { exemptions, continuation } = await service.get(`/api/exemptions${query}`, exemptionsSchema);
    listed.push(...exemptions);
    if (continuation === undefined) return listed;
    query = `?${new URLSearchParams({ continuation })}`;
  }
}

/** All remediations of a resource, newest first, page by page. */
export async function remediationsOf(service: ServiceClient, resourceId: string): Promise<RemediationSummary[]> {
  const listed: RemediationSummary[] = [];
  for (const query = new URLSearchParams({ resourceId }); ; ) {
    const { remediations, continuation } = await service.get(`/api/remediations?${query}`, remediationsSchema);
    listed.push(...remediations);
    if (continuation === undefined) return listed;
    query.set("continuation", continuation);
  }
}
