import * as z from "zod";
import { baselines } from "../../shared/baselines/index.ts";
import { operationPrefixes } from "../../shared/events/operation-prefixes.ts";
import { askedFor, connectionOptions, printSteps } from "../connect/asked.ts";
import { connectSubscription } from "../connect/connect-subscription.ts";
import type { Subscription } from "../connect/step.ts";
import type { DeadLetters } from "../connect/wanted.ts";
import { defineCommand } from "../frame/command.ts";
import { UsageError } from "../frame/output.ts";

/** An event subscription's name has 64 characters at most (naming rules of Microsoft.EventGrid): room for `guard-` and a number. */
const longestAppName = 54;

/** `connect`: brings the events of more subscriptions to the service. It writes to Azure as who is signed in. */
export const connect = defineCommand({
  name: "connect",
  summary: "Brings the events of a subscription, or of all in a management group, to the service.",
  details: [
    "It registers Event Grid, uses the subscription's system topic or makes one, and makes the event subscriptions that lead to the service. An existing topic is not altered. What is there already is left as it is, so a second run changes nothing.",
    "It writes with what this machine is signed in with, not as the service. It ends with 1 where a subscription could not be connected; the others are connected nevertheless.",
  ],
  arguments: [],
  options: z.strictObject({
    ...connectionOptions,
    "resource-group": z
      .string()
      .meta({
        value: "NAME",
        description: "where a topic that is made goes to, in the subscription; else the name of the app's own group",
      })
      .optional(),
    storage: z
      .string()
      .meta({ value: "RESOURCE", description: "the resource id of the storage account that keeps dead letters" })
      .optional(),
    "delivery-identity": z
      .string()
      .meta({ value: "RESOURCE", description: "the resource id of the identity that leaves them" })
      .optional(),
  }),
  examples: [
    { line: "connect --management-group landing-zones --dry-run", does: "What would be done:" },
    { line: 'connect --subscription "$SUBSCRIPTION_ID"', does: "One subscription, as a vending pipeline does:" },
  ],
  async run(options, _words, surroundings) {
    const deadLetters = deadLettersOf(options.storage, options["delivery-identity"]);
    const { subscriptions, app, functionId, location, isPrivate } = await askedFor(options, surroundings);
    if (isPrivate) {
      throw new UsageError("The app takes nothing from outside of its network, so Event Grid can't call its function.");
    }
    const done: Subscription[] = [];
    for (const azure of subscriptions) {
      surroundings.output.progress?.(`${done.length} of ${subscriptions.length} connected`);
      const steps = await connectSubscription(azure, {
        functionId,
        namePrefix: `guard-${(app.names[0] ?? "").slice(0, longestAppName)}`,
        prefixes: operationPrefixes(baselines),
        resourceGroup: options["resource-group"] || app.resourceGroup,
        location,
        deadLetters,
        dryRun: options["dry-run"],
      });
      done.push({ subscriptionId: azure.subscriptionId, steps });
    }
    surroundings.output.progress?.("");
    return printSteps(done, options.output, surroundings.output);
  },
});

function deadLettersOf(storageId: string | undefined, identityId: string | undefined): DeadLetters | undefined {
  if (storageId && identityId) return { storageId, identityId };
  if (!storageId && !identityId) return undefined;
  throw new UsageError("Dead letters need both: --storage and --delivery-identity.");
}
