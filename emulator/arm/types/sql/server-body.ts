import { randomUUID } from "node:crypto";
import { type JsonObject, merge, objectAt, pick, textAt } from "../../json.ts";
import type { PlanContext } from "../../resource-type.ts";
import { normalizedLocation } from "../storage/locations.ts";

export const serverType = "Microsoft.Sql/servers";

/** Properties that a create or an update may set; the password is none that anything shows. */
const writable = [
  "minimalTlsVersion",
  "publicNetworkAccess",
  "primaryUserAssignedIdentityId",
  "federatedClientId",
  "keyId",
  "restrictOutboundNetworkAccess",
  "isIPv6Enabled",
];

/** A new server as recorded (sql-tde, sql-server-tls): `minimalTlsVersion` reads None where it was not sent. */
export function newServer(context: PlanContext, sent: JsonObject): JsonObject {
  const { id, name } = context;
  const properties = objectAt(sent, "properties");
  const login = textAt(properties, "administratorLogin");
  const administrators = objectAt(properties, "administrators");
  const defaults: JsonObject = {
    ...(login && { administratorLogin: login }),
    version: "12.0",
    state: "Ready",
    fullyQualifiedDomainName: `${name}.database.windows.net`,
    privateEndpointConnections: [],
    minimalTlsVersion: "None",
    publicNetworkAccess: "Enabled",
    ...(textAt(administrators, "login") && {
      administrators: { administratorType: "ActiveDirectory", ...administrators },
    }),
    restrictOutboundNetworkAccess: "Disabled",
    isIPv6Enabled: "Disabled",
    externalGovernanceStatus: "Disabled",
  };
  return {
    ...identityOf(context, sent, {}),
    kind: "v12.0",
    properties: merge(defaults, pick(properties, writable)),
    location: normalizedLocation(textAt(sent, "location") ?? ""),
    ...("tags" in sent && { tags: objectAt(sent, "tags") }),
    id,
    name,
    type: serverType,
  };
}

/** The server after an update. What was not sent stays; a PUT without tags takes them away. */
export function changedServer(
  context: PlanContext,
  existing: JsonObject,
  sent: JsonObject,
  isPut: boolean,
): JsonObject {
  const { tags, ...others } = existing;
  return {
    ...others,
    ...identityOf(context, sent, existing),
    properties: merge(objectAt(existing, "properties"), pick(objectAt(sent, "properties"), writable)),
    ...("tags" in sent ? { tags: objectAt(sent, "tags") } : tags !== undefined && !isPut && { tags }),
  };
}

/** A system-assigned identity keeps its principal (recording sql-server-tls). */
function identityOf({ tenantId }: PlanContext, sent: JsonObject, existing: JsonObject): JsonObject {
  const identity = objectAt(sent, "identity");
  const type = textAt(identity, "type");
  if (!type) return {};
  if (!type.includes("SystemAssigned")) return { identity };
  const principalId = textAt(objectAt(existing, "identity"), "principalId") ?? randomUUID();
  return { identity: { ...identity, principalId, type, tenantId } };
}
