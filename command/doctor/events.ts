import * as z from "zod";
import { fine, type Line, red, warning } from "./line.ts";
import { appPath, eventGridVersion, type Look } from "./look.ts";

const topicSchema = z.object({
  id: z.string(),
  name: z.string(),
  properties: z.object({ topicType: z.string(), source: z.string(), provisioningState: z.string() }),
});
const destinationSchema = z
  .object({ properties: z.object({ resourceId: z.string().nullish(), queueName: z.string().nullish() }).nullish() })
  .nullish();
const eventSubscriptionSchema = z.object({
  name: z.string(),
  properties: z.object({
    provisioningState: z.string(),
    destination: destinationSchema,
    deliveryWithResourceIdentity: z.object({ destination: destinationSchema }).nullish(),
    deadLetterDestination: z.unknown().optional(),
    deadLetterWithResourceIdentity: z.unknown().optional(),
  }),
});

/** Azure allows one system topic for a subscription: before the deployment, whether there is one. */
export async function existingTopic(look: Look): Promise<Line[]> {
  const topic = await topicOf(look);
  if (!topic) return [fine("system topic", "The subscription has none: the layer events makes it.")];
  const todo = `azd env set EXISTING_TOPIC_ID ${topic.id}`;
  return [warning("system topic", `The subscription has ${topic.name} already, and can have no second one.`, todo)];
}

/** After the deployment: whether the subscription's events go to the app, and where those go that can't be delivered. */
export async function delivery(look: Look): Promise<Line[]> {
  const found = await deliveryOf(look);
  if (!found) return [red("system topic", "The subscription has none.", "azd provision events")];
  const told = fine("system topic", `${found.topic}.`);
  if (found.own.length === 0) {
    return [told, red("event subscriptions", "None of the topic's leads to the app.", "azd provision events")];
  }
  return [told, ...found.own.map(lineOf)];
}

/** An event subscription that leads to the app. */
interface Delivery {
  name: string;
  /** Azure's provisioningState. */
  state: string;
  keepsDeadLetters: boolean;
}

/** The subscription's system topic, and those of its event subscriptions that lead to the app; nothing where it has none. Throws `azure-refused`. */
export async function deliveryOf(look: Look): Promise<{ topic: string; own: Delivery[] } | undefined> {
  const topic = await topicOf(look);
  if (!topic) return undefined;
  const listed = await look.arm.list(`${topic.id}/eventSubscriptions?${eventGridVersion}`);
  const own = listed.flatMap((each) => {
    const parsed = eventSubscriptionSchema.safeParse(each).data;
    if (!parsed || !leadsToApp(parsed, look)) return [];
    const { provisioningState: state, deadLetterDestination, deadLetterWithResourceIdentity } = parsed.properties;
    const keepsDeadLetters = Boolean(deadLetterDestination ?? deadLetterWithResourceIdentity);
    return [{ name: parsed.name, state, keepsDeadLetters }];
  });
  return { topic: topic.name, own };
}

/** To a function of the app, or to the queue `events` of a storage account beside it, which the app reads. */
function leadsToApp({ properties }: z.infer<typeof eventSubscriptionSchema>, look: Look): boolean {
  const { destination, deliveryWithResourceIdentity } = properties;
  const target = (destination ?? deliveryWithResourceIdentity?.destination)?.properties;
  const resource = (target?.resourceId ?? "").toLowerCase();
  const accounts = `${look.subscription}/resourceGroups/${look.resourceGroup}/providers/Microsoft.Storage/storageAccounts/`;
  const isQueue = target?.queueName === "events" && resource.startsWith(accounts.toLowerCase());
  return isQueue || resource.startsWith(`${appPath(look)}/`.toLowerCase());
}

function lineOf({ name, state, keepsDeadLetters }: Delivery): Line {
  const about = `event subscription ${name}`;
  if (state !== "Succeeded") return red(about, `It is ${state}.`, "azd provision events");
  if (keepsDeadLetters) return fine(about, "Delivers to the app, and keeps what it can't deliver.");
  const found = "What can't be delivered is dropped after 24 hours, and left to the sweep.";
  return warning(about, found, "Nothing where the topic is somebody else's; else azd provision events");
}

async function topicOf({ arm, subscription }: Look): Promise<z.infer<typeof topicSchema> | undefined> {
  const listed = await arm.list(`${subscription}/providers/Microsoft.EventGrid/systemTopics?${eventGridVersion}`);
  return listed
    .flatMap((each) => topicSchema.safeParse(each).data ?? [])
    .find(({ properties }) => properties.topicType.toLowerCase() === "microsoft.resources.subscriptions");
}
