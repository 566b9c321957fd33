import { randomUUID } from "node:crypto";
import { type JsonObject, objectAt } from "../../json.ts";
import { ArmError } from "../../message.ts";
import type { Continuation } from "../../resource-type.ts";
import type { StoredResource } from "../../store.ts";
import type { Template, TemplateResource } from "./template.ts";

/** True until a deployment has ended. */
export function isActive({ body }: StoredResource): boolean {
  const { provisioningState } = objectAt(body, "properties");
  return provisioningState === "Accepted" || provisioningState === "Running";
}

/**
 * Runs a deployment: Accepted for a second, then Running while each resource is put after those that it depends on, then
 * Succeeded with its outputs, or Failed where one was refused; those that were under way go on (docs: deployment modes).
 */
export function runDeployment(continuation: Continuation, accepted: StoredResource, template: Template): void {
  const done = new Map<string, Done>();
  const started = new Set<string>();
  let over = false;
  const begun = Date.parse(continuation.now());

  continuation.after(1, () => {
    store({ provisioningState: "Running" });
    if (template.resources.length === 0) end();
    else startReady();
  });

  function startReady(): void {
    const failed = [...done.values()].some(({ error }) => error);
    for (const resource of template.resources) {
      const ready = resource.after.every((id) => done.has(id));
      if (failed || !ready || started.has(resource.id)) continue;
      started.add(resource.id);
      continuation.put(resource, (error) => ended(resource, error));
    }
    if (started.size === done.size && !over) end();
  }

  function ended(resource: TemplateResource, error: JsonObject | undefined): void {
    const timestamp = continuation.now();
    done.set(resource.id, { operationId: randomUUID(), resource, timestamp, ...(error && { error }) });
    if (done.size < started.size) store({ provisioningState: "Running" });
    else startReady();
  }

  function end(): void {
    over = true;
    const errors = [...done.values()].flatMap(({ error }) => (error ? [error] : []));
    store(errors.length > 0 ? { provisioningState: "Failed", error: failure(accepted.id, errors) } : succeeded());
  }

  function succeeded(): JsonObject {
    try {
      const outputs = template.outputs((id, apiVersion) => continuation.read(id, apiVersion));
      const outputResources = template.resources.map(({ id }) => ({ id }));
      return { provisioningState: "Succeeded", outputs, outputResources };
    } catch (error) {
      if (!(error instanceof ArmError)) throw error;
      const code = "DeploymentOutputEvaluationFailed";
      return { provisioningState: "Failed", error: { code, target: accepted.id, message: error.message } };
    }
  }

  function store(changes: JsonObject): void {
    const now = continuation.now();
    const duration = `PT${(Date.parse(now) - begun) / 1000}S`;
    const properties = { ...objectAt(accepted.body, "properties"), timestamp: now, duration, ...changes };
    const operations = [...done.values()].map(operationOf);
    continuation.store({ ...accepted, body: { ...accepted.body, properties }, hidden: { operations } });
  }
}

interface Done {
  operationId: string;
  resource: TemplateResource;
  timestamp: string;
  error?: JsonObject;
}

function operationOf({ operationId, resource, timestamp, error }: Done): JsonObject {
  return {
    operationId,
    properties: {
      provisioningOperation: "Create",
      provisioningState: error ? "Failed" : "Succeeded",
      timestamp,
      statusCode: error ? "Conflict" : "OK",
      ...(error && { statusMessage: { error } }),
      targetResource: { id: resource.id, resourceType: resource.type, resourceName: resource.name },
    },
  };
}

function failure(target: string, details: JsonObject[]): JsonObject {
  const message =
    "At least one resource deployment operation failed. Please list deployment operations for details. Please see https://aka.ms/arm-deployment-operations for usage details.";
  return { code: "DeploymentFailed", target, message, details };
}
