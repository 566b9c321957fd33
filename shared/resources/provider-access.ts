import type { Pipeline } from "@azure/core-rest-pipeline";

/** What is needed to reach a provider's resources. */
export interface ProviderAccess {
  /** ARM's endpoint. */
  endpoint: string;
  apiVersion: string;
  /** The pipeline of the provider's client for one subscription; made when first needed. */
  pipelineFor(subscriptionId: string): Promise<Pipeline>;
}
