/** What was found, done, or would be done about one thing in a subscription. */
export interface Step {
  what:
    | "provider"
    | "resource group"
    | "system topic"
    | "event subscription"
    | "role assignment"
    | "role"
    | "subscription";
  name: string;
  did:
    | "unchanged"
    | "made"
    | "changed"
    | "removed"
    | "would be made"
    | "would be changed"
    | "would be removed"
    | "stays"
    | "not connected"
    | "failed";
  /** More, in a sentence. */
  why?: string;
}

/** All steps in one subscription, in their order. */
export interface Subscription {
  subscriptionId: string;
  steps: Step[];
}

/** Whether a step tells that what was asked for is not so now. */
export function isBad({ did }: Step): boolean {
  return did === "failed";
}
