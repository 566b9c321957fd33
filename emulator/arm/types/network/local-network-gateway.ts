import { isDeepStrictEqual } from "node:util";
import { type JsonObject, objectAt } from "../../json.ts";
import type { PlanContext, ResourceType, WritePlan } from "../../resource-type.ts";
import type { StoredResource } from "../../store.ts";
import {
  etagHeader,
  networkApiVersions,
  networkDelete,
  networkResource,
  networkWrite,
  patchTags,
} from "./network-resource.ts";
import { withPeerOf } from "./peer-tag.ts";

const localNetworkGatewayType = "Microsoft.Network/localNetworkGateways";

/** Local network gateways (recording local-network-gateway): where the far end of a site-to-site connection is. */
export const localNetworkGateways: ResourceType = {
  name: localNetworkGatewayType,
  level: "resourceGroup",
  apiVersions: networkApiVersions,
  tracked: true,
  readHeaders: etagHeader,
  put,
  patch: (context, existing) => patchTags(context, withPeerOf(withTags(existing, context.body), existing, context)),
  delete: (context, existing) => networkDelete(context, existing, 10),
  seed: (context) => {
    const body = { location: "westus", ...context.body };
    const settled = {
      localNetworkAddressSpace: { addressPrefixes: ["10.61.0.0/16"] },
      gatewayIpAddress: "198.51.100.1",
      ...asked(body),
    };
    return withPeerOf(networkResource({ ...context, body }, localNetworkGatewayType, settled), undefined, context);
  },
};

/** An update of tags alone is `Succeeded` in its own answer, with one new etag (recorded). */
function put(context: PlanContext, existing: StoredResource | undefined): WritePlan {
  const settled = asked(context.body);
  const gateway = withPeerOf(networkResource(context, localNetworkGatewayType, settled, existing), existing, context);
  const plan = networkWrite(context, existing, gateway, 10);
  const before = existing && asked(existing.body);
  return before && isDeepStrictEqual(before, settled) ? { ...plan, resource: gateway } : plan;
}

function withTags(gateway: StoredResource, sent: JsonObject): StoredResource {
  return { ...gateway, body: { ...gateway.body, tags: objectAt(sent, "tags") } };
}

function asked(body: JsonObject): JsonObject {
  const { provisioningState: _state, resourceGuid: _guid, ...rest } = objectAt(body, "properties");
  return rest;
}
