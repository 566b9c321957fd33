import { isJsonObject, objectAt } from "../../json.ts";
import type { ResourceType } from "../../resource-type.ts";
import type { StoredResource } from "../../store.ts";
import { deploymentApiVersions, deploymentType } from "./deployment.ts";
import { isActive } from "./deployment-run.ts";

/** What Azure-AsyncOperation of a deployment names: its state, and its error where it failed (recorded). */
export const deploymentStatuses: ResourceType = {
  name: `${deploymentType}/operationStatuses`,
  level: "resourceGroup",
  apiVersions: deploymentApiVersions,
  implicit: ({ id, parent }) => {
    if (!parent) return undefined;
    const { provisioningState = "", error } = objectAt(parent.body, "properties");
    const status = { status: provisioningState, ...(error && { error }) };
    return { id, type: `${deploymentType}/operationStatuses`, body: status, hidden: { active: isActive(parent) } };
  },
  readHeaders: ({ hidden }, { durationScale }) => {
    const headers: Record<string, string> = {};
    if (hidden?.active) headers["retry-after"] = String(Math.ceil(15 * durationScale));
    return headers;
  },
};

/** One entry for each resource that a deployment has put, or could not put. */
export const deploymentOperations: ResourceType = {
  name: `${deploymentType}/operations`,
  level: "resourceGroup",
  apiVersions: deploymentApiVersions,
  list: (deploymentId, { store }): StoredResource[] => {
    const operations = store.get(deploymentId)?.hidden?.operations;
    return (Array.isArray(operations) ? operations : []).filter(isJsonObject).map((operation) => {
      const id = `${deploymentId}/operations/${operation.operationId}`;
      return { id, type: `${deploymentType}/operations`, body: { id, ...operation } };
    });
  },
};
