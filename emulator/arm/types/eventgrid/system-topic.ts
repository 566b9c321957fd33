import { randomUUID } from "node:crypto";
import { locationRequired, providerError } from "../../errors.ts";
import { type JsonObject, objectAt, pick, textAt } from "../../json.ts";
import type { PlanContext, ResourceType, WritePlan } from "../../resource-type.ts";
import type { StoredResource } from "../../store.ts";
import { normalizedLocation } from "../storage/locations.ts";
import { eventGridApiVersions, removed } from "./long-running.ts";

const systemTopicType = "Microsoft.EventGrid/systemTopics";
const ofSubscriptions = "Microsoft.Resources.Subscriptions";

/**
 * System topics (recording: eventgrid-system-topic): a PUT answers 200 and Succeeded at once. A source has one alone; the refusals are
 * worded as in TaoYang-Cloud/azure.policy.monitor#12 and Azure/azure-quickstart-templates#13688.
 */
export const systemTopics: ResourceType = {
  name: systemTopicType,
  level: "resourceGroup",
  apiVersions: eventGridApiVersions,
  tracked: true,
  put,
  patch: ({ body }, existing) => ({
    status: 200,
    resource: { ...existing, body: { ...existing.body, ...pick(body, ["tags", "identity"]) } },
  }),
  delete: (context, existing) => removed(context, existing, existing),
  seed: (context) => topic({ ...context, body: { location: "global", ...context.body } }, undefined),
};

function put(context: PlanContext, existing: StoredResource | undefined): WritePlan {
  const source = sourceOf(context.body);
  const topicType = textAt(objectAt(context.body, "properties"), "topicType");
  if (!source || !topicType) throw invalid("The system topic needs a source and a topicType.");
  if (existing && sourceOf(existing.body)?.toLowerCase() !== source.toLowerCase()) {
    throw invalid("System topic source cannot be modified.");
  }
  const resource = topic(context, existing);
  if (topicType.toLowerCase() === ofSubscriptions.toLowerCase()) checkPlace(context, source, resource);
  const other = context.store
    .ofType(systemTopicType)
    .find(({ id, body }) => sourceOf(body)?.toLowerCase() === source.toLowerCase() && !isSame(id, context.id));
  if (other) {
    throw invalid(
      `There is an existing tracked system topic for the given source ${source}. Only one system topic is allowed per source.`,
    );
  }
  return { status: 200, resource };
}

/** A subscription's topic is in the subscription itself, and at no region (docs: "System topics"; the wording is ours). */
function checkPlace({ id }: PlanContext, source: string, { body }: StoredResource): void {
  const location = textAt(body, "location") ?? "";
  if (location !== "global") {
    throw invalid(`The location '${location}' does not match the location of the source, which is 'global'.`);
  }
  if (!isSame(source, `/subscriptions/${id.split("/")[2]}`)) {
    throw invalid(`The system topic is not in the subscription of its source ${source}.`);
  }
}

function topic(context: PlanContext, existing: StoredResource | undefined): StoredResource {
  const { id, name, body: sent } = context;
  const location = normalizedLocation(textAt(sent, "location") ?? textAt(existing?.body, "location") ?? "");
  if (!location) throw locationRequired();
  const known = objectAt(existing?.body, "properties");
  const body: JsonObject = {
    properties: {
      provisioningState: "Succeeded",
      ...pick(objectAt(sent, "properties"), ["source", "topicType"]),
      metricResourceId: known.metricResourceId ?? randomUUID(),
    },
    systemData: null,
    ...(sent.identity ? { identity: sent.identity } : {}),
    location,
    tags: sent.tags ?? null,
    id: existing?.id ?? id,
    name,
    type: systemTopicType,
  };
  return { id: existing?.id ?? id, type: systemTopicType, body };
}

function sourceOf(body: JsonObject): string | undefined {
  return textAt(objectAt(body, "properties"), "source");
}

function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

function invalid(message: string) {
  return providerError(400, "InvalidRequest", message);
}
