import * as z from "zod";
import { fine, type Line, red, warning } from "./line.ts";
import { appPath, eventGridVersion, type Look } from "./look.ts";
import { lostEvents } from "./lost-events.ts";

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

/** `azd` makes them for the deployment's own subscription; `connect` does for any, and on the local Azure nothing else does. */
const makeThem = "azd provision events, or azure-encryption-guard connect";

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
  if (!found) return [red("system topic", "The subscription has none.", makeThem)];
  const told = fine("system topic", `${found.topic}.`);
  if (found.own.length === 0) {
    return [told, red("event subscriptions", "None of the topic's leads to the app.", makeThem)];
  }
  const names = found.own.map(({ name }) => name);
  return [told, ...found.own.map(lineOf), ...(await lostEvents(look, found.topicId, names))];
}

/** A topic by name and id, with its event subscriptions that lead to the app. */
interface Deliveries {
  topic: string;
  topicId: string;
  own: Delivery[];
}

/** An event subscription that leads to the app. */
interface Delivery {
  name: string;
  /** Azure's provisioningState. */
  state: string;
  keepsDeadLetters: boolean;
}

/** The subscription's system topic, and those of its event subscriptions that lead to the app; nothing where it has none. Throws `azure-refused`. */
export async function deliveryOf(look: Look): Promise<Deliveries | undefined> {
  const topic = await topicOf(look);
  if (!topic) return undefined;
  const listed = await look.arm.list(`${topic.id}/eventSubscriptions?${eventGridVersion}`);
  const own = listed.flatMap((each) => {
    const parsed = eventSubscriptionSchema.safeParse(each).data;
    if (!parsed || !leadsToApp(look, parsed.properties)) return [];
    const { provisioningState: state, deadLetterDestination, deadLetterWithResourceIdentity } = parsed.properties;
    const keepsDeadLetters = Boolean(deadLetterDestination ?? deadLetterWithResourceIdentity);
    return [{ name: parsed.name, state, keepsDeadLetters }];
  });
  return { topic: topic.name, topicId: topic.id, own };
}

/** By its function, or by the queue `events` of the account beside the app, as infra/events makes them. */
function leadsToApp(
  look: Look,
  { destination, deliveryWithResourceIdentity }: z.infer<typeof eventSubscriptionSchema>["properties"],
): boolean {
  const target = destination?.properties ?? deliveryWithResourceIdentity?.destination?.properties;
  const resourceId = target?.resourceId?.toLowerCase() ?? "";
  const accounts = `${look.subscription}/resourceGroups/${look.resourceGroup}/providers/Microsoft.Storage/`;
  return target?.queueName?.toLowerCase() === "events"
    ? resourceId.startsWith(accounts.toLowerCase())
    : resourceId.startsWith(`${appPath(look)}/`.toLowerCase());
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
