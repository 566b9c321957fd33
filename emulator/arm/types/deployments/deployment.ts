import { createHash } from "node:crypto";
import { gatewayError } from "../../errors.ts";
import { type Json, type JsonObject, objectAt, textAt } from "../../json.ts";
import type { PlanContext, ResourceAction, ResourceType, WritePlan } from "../../resource-type.ts";
import type { StoredResource } from "../../store.ts";
import { isActive, runDeployment } from "./deployment-run.ts";
import { readTemplate, type Template, type TemplateResource } from "./template.ts";

export const deploymentType = "Microsoft.Resources/deployments";

export const deploymentApiVersions = ["2025-04-01", "2024-11-01", "2024-07-01", "2022-09-01", "2021-04-01"];

/**
 * Template deployments at a group (recordings vpn-connection-ipsec, vpn-vnet2vnet): `az network vpn-connection create` is
 * one. Its event comes first, with the deployment's URI; each resource's own at the end of that resource's operation.
 */
export const deployments: ResourceType = {
  name: deploymentType,
  level: "resourceGroup",
  apiVersions: deploymentApiVersions,
  put,
  delete: (_context, existing) => ({
    status: 202,
    operation: {
      seconds: 10,
      locationPath: `/subscriptions/${existing.id.split("/")[2]}/operationresults/{operation}`,
      result: { status: 204 },
    },
  }),
  actions: {
    validate: { name: "validate", withoutResource: true, perform: validate },
  },
};

function put(context: PlanContext, existing: StoredResource | undefined): WritePlan {
  if (existing && isActive(existing)) {
    throw gatewayError(
      409,
      "DeploymentActive",
      `Unable to edit or replace deployment '${context.name}': previous deployment from '${objectAt(existing.body, "properties").timestamp}' is still active. Please see https://aka.ms/arm-deploy for usage details.`,
    );
  }
  const template = readTemplate(context);
  const accepted = deployment(context, template, "Accepted", "PT0.0004S");
  const operationId = BigInt(`0x${hash(`${accepted.id}${context.now}`).slice(0, 15)}`);
  const { origin } = context.request;
  return {
    status: existing ? 200 : 201,
    resource: accepted,
    headers: {
      "azure-asyncoperation": `${origin}${accepted.id}/operationStatuses/0858${operationId}?api-version=${context.apiVersion}`,
      "x-ms-deployment-engine-version": "1.24.0",
      "retry-after": String(Math.ceil(15 * context.durationScale)),
    },
    follow: (continuation) => runDeployment(continuation, accepted, template),
  };
}

function validate(context: PlanContext): ReturnType<ResourceAction["perform"]> {
  const template = readTemplate(context);
  const { body } = deployment(context, template, "Succeeded", "PT0S");
  const validatedResources = template.resources.map(({ id }) => ({ id }));
  const properties = { ...objectAt(body, "properties"), validatedResources };
  return { answer: { status: 200, body: { ...body, properties } } };
}

function deployment(
  { id, name, now, request }: PlanContext,
  { resources, parameters }: Template,
  provisioningState: string,
  duration: string,
): StoredResource {
  const properties = {
    templateHash: BigInt(`0x${hash(request.body).slice(0, 16)}`).toString(),
    parameters,
    mode: "Incremental",
    provisioningState,
    timestamp: now,
    duration,
    correlationId: request.correlationId,
    providers: providersOf(resources),
    dependencies: resources.filter(({ after }) => after.length > 0).map((each) => dependency(each, resources)),
  };
  const own = id.replace(/\/resourcegroups\//i, "/resourceGroups/");
  return { id: own, type: deploymentType, body: { id: own, name, type: deploymentType, properties } };
}

function providersOf(resources: readonly TemplateResource[]): Json {
  const namespaces = [...new Set(resources.map(({ type }) => type.split("/")[0] ?? ""))];
  return namespaces.map((namespace) => {
    const own = resources.filter(({ type }) => type.split("/")[0] === namespace);
    const types = [...new Set(own.map(({ type }) => type))];
    const resourceTypes = types.map((type) => ({
      resourceType: type.slice(namespace.length + 1),
      locations: [
        ...new Set(own.filter((each) => each.type === type).map(({ body }) => textAt(body, "location") ?? "")),
      ],
    }));
    return { namespace, resourceTypes };
  });
}

function dependency(resource: TemplateResource, resources: readonly TemplateResource[]): JsonObject {
  const dependsOn = resources.filter(({ id }) => resource.after.includes(id)).map(named);
  return { dependsOn, ...named(resource) };
}

function named({ id, type, name }: TemplateResource): JsonObject {
  return { id, resourceType: type, resourceName: name };
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
