import { seededType } from "../seeded-type.ts";
import { eventGridApiVersions, removed } from "./long-running.ts";

/** Custom topics. What a service publishes goes to another part of the local Azure, which asks nobody here. */
export const topics = seededType({
  name: "Microsoft.EventGrid/topics",
  apiVersions: eventGridApiVersions,
  properties: ({ name }) => ({
    provisioningState: "Succeeded",
    endpoint: `https://${name}.westus-1.eventgrid.azure.net/api/events`,
  }),
  delete: (context, existing) => removed(context, existing, existing),
});
