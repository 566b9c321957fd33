import { isJsonObject, type Json, valueAt } from "../../json.ts";
import type { Change, Finding, Resource } from "../baseline.ts";

/** The account's switch "Secure transfer required", by its name on the wire (the SDK says `enableHttpsTrafficOnly`). */
export const secureTransferPath = "properties.supportsHttpsTrafficOnly";

/** The account's own host name, on which HTTP stays open whatever secure transfer says. */
export const customDomainPath = "properties.customDomain.name";

/** Why an open way matters, in the words of one baseline. */
interface HttpAccessExplanations {
  secureTransferOff: string;
  customDomain: string;
}

/**
 * The ways in which an account can be reached over HTTP: secure transfer that is not `true` (absent counts as off: so it
 * was for accounts written with an api-version before 2019-04-01), and a custom domain, to which it does not apply.
 *
 * Source: https://learn.microsoft.com/azure/storage/common/storage-require-secure-transfer
 */
export function findHttpAccess(resource: Resource, explanations: HttpAccessExplanations): Finding[] {
  const findings: Finding[] = [];
  if (!refusesHttp(resource)) {
    findings.push({
      path: secureTransferPath,
      expected: "true",
      actual: valueAt(resource.body, secureTransferPath) ?? null,
      remedy: "fix",
      explanation: explanations.secureTransferOff,
    });
  }
  const customDomain = customDomainOf(resource);
  if (customDomain !== null && customDomain !== "") {
    findings.push({
      path: customDomainPath,
      expected: "no custom domain",
      actual: customDomain,
      remedy: "report",
      explanation: explanations.customDomain,
    });
  }
  return findings;
}

/** The change that turns secure transfer on, where it is not. A PATCH of the account, done when it is answered. */
export function refuseHttp(resource: Resource): Change[] {
  if (refusesHttp(resource)) return [];
  return [{ part: "", patch: { properties: { supportsHttpsTrafficOnly: true } } }];
}

function refusesHttp(resource: Resource): boolean {
  return valueAt(resource.body, secureTransferPath) === true;
}

/** The name of the custom domain, null where there is none; of a wrong type, whatever stands there. */
function customDomainOf(resource: Resource): Json {
  const customDomain = valueAt(resource.body, "properties.customDomain") ?? null;
  return isJsonObject(customDomain) ? (customDomain.name ?? null) : customDomain;
}
