import { providerError } from "../../errors.ts";
import { isJsonObject, type JsonObject, merge, objectAt, pick, textAt } from "../../json.ts";
import type { PlanContext, ResourceType, WritePlan } from "../../resource-type.ts";
import type { StoredResource } from "../../store.ts";
import { checkDestination, shownDestination } from "./destination.ts";
import { eventGridApiVersions, inState, longRunning, removed } from "./long-running.ts";

const eventSubscriptionType = "Microsoft.EventGrid/systemTopics/eventSubscriptions";

/** In one event subscription, over all its filters (docs: "Event filtering", limitations). */
const mostFilterValues = 25;

/**
 * Event subscriptions of a system topic (recording: eventgrid-system-topic): a PUT and a PATCH answer 201 with Azure-AsyncOperation and
 * Creating or Updating, and never the whole address of a webhook. Nothing is delivered here: who brings events reads them.
 */
export const eventSubscriptions: ResourceType = {
  name: eventSubscriptionType,
  level: "resourceGroup",
  apiVersions: eventGridApiVersions,
  notFound: () => providerError(404, "ResourceNotFound", "Event subscription doesn't exist."),
  put,
  patch: (context, existing) => {
    const properties = merge(objectAt(existing.body, "properties"), context.body);
    return put({ ...context, body: { properties } }, existing);
  },
  delete: (context, existing) => removed(context, existing, context.parent),
  seed: (context) => subscription(context),
};

function put(context: PlanContext, existing: StoredResource | undefined): WritePlan {
  const sent = objectAt(context.body, "properties");
  const delivery = objectAt(sent, "deliveryWithResourceIdentity");
  checkDestination(context, objectAt(sent, "destination"), objectAt(delivery, "destination"));
  checkFilter(objectAt(sent, "filter"));
  checkIdentity(context, delivery);
  checkIdentity(context, objectAt(sent, "deadLetterWithResourceIdentity"));
  const completed = subscription(context);
  const resource = inState(completed, existing ? "Updating" : "Creating");
  return {
    status: 201,
    resource,
    operation: { ...longRunning(context, context.parent, 10), completed },
  };
}

/** The wording is that of the lower limit of 2019 (cloud-custodian/cloud-custodian#4669), with the figure of today. */
function checkFilter({ advancedFilters }: JsonObject): void {
  const filters = Array.isArray(advancedFilters) ? advancedFilters.filter(isJsonObject) : [];
  const count = filters.reduce((sum, { values }) => sum + (Array.isArray(values) ? values.length : 1), 0);
  if (count <= mostFilterValues) return;
  throw providerError(
    400,
    "InvalidRequest",
    `The maximum number of values allowed on an advanced filter is ${mostFilterValues}.`,
  );
}

/** Events and dead letters go by an identity that the topic carries (docs: "Event delivery with a managed identity"; the wording is ours). */
function checkIdentity({ parent }: PlanContext, sent: JsonObject): void {
  const wanted = textAt(objectAt(sent, "identity"), "userAssignedIdentity");
  if (wanted === undefined) return;
  const carried = Object.keys(objectAt(objectAt(parent?.body, "identity"), "userAssignedIdentities"));
  if (carried.some((identity) => identity.toLowerCase() === wanted.toLowerCase())) return;
  throw providerError(400, "InvalidRequest", `The identity ${wanted} is not assigned to the topic.`);
}

function subscription({ id, name, body: sent, parent }: PlanContext): StoredResource {
  const properties = objectAt(sent, "properties");
  const body: JsonObject = {
    properties: {
      topic: parent?.id ?? null,
      provisioningState: "Succeeded",
      destination: properties.deliveryWithResourceIdentity
        ? null
        : shownDestination(objectAt(properties, "destination")),
      filter: { subjectBeginsWith: "", subjectEndsWith: "", ...objectAt(properties, "filter") },
      labels: properties.labels ?? null,
      eventDeliverySchema: properties.eventDeliverySchema ?? "EventGridSchema",
      retryPolicy: properties.retryPolicy ?? { maxDeliveryAttempts: 30, eventTimeToLiveInMinutes: 1440 },
      ...pick(properties, [
        "deadLetterDestination",
        "deadLetterWithResourceIdentity",
        "deliveryWithResourceIdentity",
        "expirationTimeUtc",
      ]),
    },
    systemData: null,
    id,
    name,
    type: eventSubscriptionType,
  };
  return { id, type: eventSubscriptionType, body };
}
