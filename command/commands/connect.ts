import * as z from "zod";
import { baselines } from "../../shared/baselines/index.ts";
import { operationPrefixes } from "../../shared/events/operation-prefixes.ts";
import { askedFor, connectionOptions, inOwnGroup, printSteps } from "../connect/asked.ts";
import { connectSubscription } from "../connect/connect-subscription.ts";
import type { Subscription } from "../connect/step.ts";
import type { DeliveryStorage } from "../connect/wanted.ts";
import { defineCommand } from "../frame/command.ts";
import { UsageError } from "../frame/output.ts";

/** An event subscription's name has 64 characters at most (naming rules of Microsoft.EventGrid): room for `guard-` and a number. */
const longestAppName = 54;

const identityType = "Microsoft.ManagedIdentity/userAssignedIdentities";
const bothNeeded =
  "name the storage account and the identity that writes there: --storage and --delivery-identity, or GUARD_STORAGE_NAME and GUARD_DELIVERY_IDENTITY_NAME, as azd env get-values prints them.";

/** `connect`: brings the events of more subscriptions to the service. It writes to Azure as who is signed in. */
export const connect = defineCommand({
  name: "connect",
  summary: "Brings the events of a subscription, or of all in a management group, to the service.",
  details: [
    "It registers Event Grid, uses the subscription's system topic or makes one, and makes the event subscriptions that lead to the service. Somebody else's topic is not altered. What is there already is left as it is, so a second run changes nothing.",
    "Where the deployment has events come by the queue, they come by it from there too: Event Grid writes them by the identity of delivery, which a topic of connect carries. Somebody else's topic that does not carry it is refused.",
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
    delivery: z
      .enum(["function", "queue"])
      .meta({
        value: "HOW",
        description: "function, or queue: Event Grid writes events into the queue; else EVENT_DELIVERY, else function",
      })
      .optional(),
    "delivery-identity": z
      .string()
      .meta({
        value: "RESOURCE",
        description:
          "the resource id of the identity that writes events into the queue, and leaves dead letters; else GUARD_DELIVERY_IDENTITY_NAME in the app's group",
      })
      .optional(),
  }),
  examples: [
    { line: "connect --management-group landing-zones --dry-run", does: "What would be done:" },
    { line: 'connect --subscription "$SUBSCRIPTION_ID"', does: "One subscription, as a vending pipeline does:" },
  ],
  async run(options, _words, surroundings) {
    const delivery = deliveryOf(options.delivery ?? surroundings.environment.EVENT_DELIVERY);
    const { subscriptions, app, storageId, location, isPrivate } = await askedFor(options, surroundings);
    if (isPrivate) {
      throw new UsageError(
        "The app is private: Event Grid can't call its function, and its storage takes events only by the own identity of a topic, which connect gives to none. Other subscriptions are left to the sweep.",
      );
    }
    const identityId =
      options["delivery-identity"] ||
      inOwnGroup(app, identityType, surroundings.environment.GUARD_DELIVERY_IDENTITY_NAME);
    const storage = storageOf(storageId, identityId);
    if (delivery === "queue" && !storage) throw new UsageError(`By the queue, ${bothNeeded}`);
    const done: Subscription[] = [];
    for (const azure of subscriptions) {
      surroundings.output.progress?.(`${done.length} of ${subscriptions.length} connected`);
      const steps = await connectSubscription(azure, {
        app,
        namePrefix: `guard-${(app.names[0] ?? "").slice(0, longestAppName)}`,
        prefixes: operationPrefixes(baselines),
        resourceGroup: options["resource-group"] || app.resourceGroup,
        location,
        isByQueue: delivery === "queue",
        storage,
        dryRun: options["dry-run"],
      });
      done.push({ subscriptionId: azure.subscriptionId, steps });
    }
    surroundings.output.progress?.("");
    return printSteps(done, options.output, surroundings.output);
  },
});

function deliveryOf(named: string | undefined): "function" | "queue" {
  if (named === undefined || named === "" || named === "function") return "function";
  if (named === "queue") return "queue";
  throw new UsageError(`EVENT_DELIVERY is ${JSON.stringify(named)}. Allowed: function, queue.`);
}

function storageOf(storageId: string | undefined, identityId: string | undefined): DeliveryStorage | undefined {
  if (storageId && identityId) return { storageId, identityId };
  if (!storageId && !identityId) return undefined;
  throw new UsageError(`For dead letters, ${bothNeeded}`);
}
