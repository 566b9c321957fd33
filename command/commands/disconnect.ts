import * as z from "zod";
import { openArm } from "../check/arm.ts";
import { askedFor, connectionOptions, printSteps } from "../connect/asked.ts";
import { disconnectSubscription } from "../connect/disconnect-subscription.ts";
import type { Subscription } from "../connect/step.ts";
import { groupOf } from "../connect/wanted.ts";
import { defineCommand } from "../frame/command.ts";

/** `disconnect`: takes away what `connect` made. */
export const disconnect = defineCommand({
  name: "disconnect",
  summary:
    "Takes away what brings the events of a subscription, or of all in a management group, to the service, and what the service may do there.",
  details: [
    "Its event subscriptions go, and the topic and resource group where connect made them and nobody else uses them. Where others' event subscriptions use such a topic, it stays, they are named, and the exit code is 1.",
    "So do the role assignments of the service's identity in the subscription, all but those in the service's own resource group, and the roles of its deployment that can be assigned in that subscription alone. A role that somebody else was assigned stays, they are named, and the exit code is 1. What stays is printed.",
  ],
  arguments: [],
  options: z.strictObject(connectionOptions),
  examples: [
    { line: 'disconnect --subscription "$SUBSCRIPTION_ID" --dry-run', does: "What would be taken away:" },
    { line: "disconnect --management-group landing-zones", does: "All subscriptions of a management group:" },
  ],
  async run(options, _words, surroundings) {
    const { subscriptions, app, storageId, principalIds, environmentName } = await askedFor(options, surroundings);
    const arm = await openArm(surroundings);
    const access = { principalIds, environmentName, ownGroup: groupOf(app) };
    const done: Subscription[] = [];
    for (const azure of subscriptions) {
      const steps = await disconnectSubscription(azure, arm, { app, storageId, access, dryRun: options["dry-run"] });
      done.push({ subscriptionId: azure.subscriptionId, steps });
    }
    return printSteps(done, options.output, surroundings.output);
  },
});
