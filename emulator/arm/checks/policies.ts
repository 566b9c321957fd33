import { createHash } from "node:crypto";
import { type Json, type JsonObject, valueAtPath } from "../json.ts";
import { ArmError } from "../message.ts";
import { isAtOrBelow, nameOf } from "../resource-id.ts";

/** A policy assignment with the effect deny. */
export interface DenyPolicy {
  /** Where it is assigned. */
  scope: string;
  /** The property that it judges, as a path such as `properties.supportsHttpsTrafficOnly`; named in the refusal. */
  property?: string;
  displayName: string;
  /** True for a resource, as it would be stored, that the policy refuses. */
  when(body: JsonObject): boolean;
}

/** Throws 403 RequestDisallowedByPolicy, in the shape of public reports (Azure/azure-cli issue 18264), where a policy refuses the resource. */
export function checkPolicies(policies: readonly DenyPolicy[], id: string, type: string, body: JsonObject): void {
  const denying = policies.filter((policy) => isAtOrBelow(id, policy.scope) && policy.when(body));
  if (denying.length === 0) return;
  const identifiers = denying.map((policy) => ({
    policyAssignment: { name: policy.displayName, id: assignmentId(policy) },
    policyDefinition: { name: policy.displayName, id: definitionId(policy) },
  }));
  throw new ArmError(
    403,
    {
      code: "RequestDisallowedByPolicy",
      target: nameOf(id),
      message: `Resource '${nameOf(id)}' was disallowed by policy. Policy identifiers: '${JSON.stringify(identifiers)}'.`,
      additionalInfo: denying.map((policy) => ({ type: "PolicyViolation", info: violation(policy, type, body) })),
    },
    { "x-ms-failure-cause": "gateway" },
  );
}

function violation(policy: DenyPolicy, type: string, body: JsonObject): JsonObject {
  const value: Json | undefined = policy.property ? valueAtPath(body, policy.property) : undefined;
  const field = policy.property?.replace(/^properties\./, `${type}/`) ?? "type";
  return {
    policyDefinitionDisplayName: policy.displayName,
    policyAssignmentDisplayName: policy.displayName,
    policyDefinitionId: definitionId(policy),
    policyAssignmentId: assignmentId(policy),
    policyAssignmentName: guid(policy.displayName),
    policyAssignmentScope: policy.scope,
    policyDefinitionName: guid(`definition ${policy.displayName}`),
    policyDefinitionEffect: "deny",
    evaluationDetails: {
      evaluatedExpressions: [
        {
          result: "True",
          expressionKind: "Field",
          expression: field,
          path: policy.property ?? "type",
          ...(value !== undefined && { expressionValue: value }),
          operator: "Equals",
        },
      ],
    },
  };
}

function assignmentId(policy: DenyPolicy): string {
  return `${policy.scope}/providers/Microsoft.Authorization/policyAssignments/${guid(policy.displayName)}`;
}

function definitionId(policy: DenyPolicy): string {
  return `/providers/Microsoft.Authorization/policyDefinitions/${guid(`definition ${policy.displayName}`)}`;
}

/** A GUID that is the same for the same text. */
function guid(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    "-",
  );
}
