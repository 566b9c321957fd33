import { checkRoles, isAllowed } from "./checks/access.ts";
import { invalidNamespace, subscriptionNotFound } from "./errors.ts";
import type { JsonObject } from "./json.ts";
import { locationNames } from "./locations.ts";
import type { Answer, ArmRequest, Caller } from "./message.ts";
import { namespaces, typesOf } from "./registry.ts";
import { type ArmState, findSubscription, type Subscription } from "./state.ts";

/**
 * GET /metadata/endpoints, which asks for no token: what `az cloud register` learns a cloud from. A list of clouds with
 * api-version 2019-05-01, the cloud itself with 2022-09-01 (read so by azure-cli 2.91).
 */
export function cloudMetadata(state: ArmState, request: ArmRequest): Answer {
  const { origin } = request;
  const authentication = {
    loginEndpoint: origin,
    audiences: ["https://management.core.windows.net/", "https://management.azure.com/"],
    tenant: state.tenantId,
    identityProvider: "AAD",
  };
  const cloud: JsonObject = {
    name: "Local",
    portal: origin,
    resourceManager: origin,
    activeDirectoryDataLake: origin,
    graph: origin,
    graphAudience: origin,
    gallery: origin,
    batch: "https://batch.core.windows.net/",
    sqlManagement: origin,
    authentication,
    suffixes: {
      storage: "core.windows.net",
      keyVaultDns: "vault.azure.net",
      sqlServerHostname: "database.windows.net",
    },
  };
  return { status: 200, body: (request.query.get("api-version") ?? "") < "2022" ? [cloud] : cloud };
}

/** Subscriptions, tenants, locations and providers; undefined for any other path. */
export function answerTenant(state: ArmState, request: ArmRequest, caller: Caller): Answer | undefined {
  if (request.method !== "GET") return undefined;
  const [first, id, third, fourth, ...rest] = request.path.toLowerCase().split("/").slice(1);
  if (rest.length > 0) return undefined;
  if (first === "tenants" && !id) return { status: 200, body: { value: [tenant(state)] } };
  if (first === "providers" && !third) return providerAnswer(state, id, undefined);
  if (first !== "subscriptions") return undefined;
  if (!id) return subscriptionList(state, caller);
  const subscription = findSubscription(state, id);
  if (!subscription) throw subscriptionNotFound(id);
  if (!third) return { status: 200, body: subscriptionBody(state, subscription) };
  if (third === "locations" && !fourth) return { status: 200, body: { value: locationList(subscription) } };
  if (third === "providers") {
    const scope = `/subscriptions/${subscription.subscriptionId}`;
    checkMayReadProviders(state, caller, scope);
    return providerAnswer(state, fourth, subscription);
  }
  return undefined;
}

/** Action and scope as in the refusals quoted in hashicorp/terraform-provider-azurerm#2678 and Azure/data-management-zone#159. */
function checkMayReadProviders(state: ArmState, caller: Caller, scope: string): void {
  if (!state.switches.roleAssignments) return;
  checkRoles(
    state.resources,
    state.managementGroups.above,
    caller,
    "Microsoft.Resources/subscriptions/providers/read",
    scope,
  );
}

/** The subscriptions that somebody may read. */
export function visibleSubscriptions(state: ArmState, caller: Caller): Subscription[] {
  return state.subscriptions.filter(
    ({ subscriptionId }) =>
      !state.switches.roleAssignments ||
      isAllowed(
        state.resources,
        state.managementGroups.above,
        caller,
        "Microsoft.Resources/subscriptions/read",
        `/subscriptions/${subscriptionId}`,
      ),
  );
}

function subscriptionList(state: ArmState, caller: Caller): Answer {
  const value = visibleSubscriptions(state, caller).map((subscription) => subscriptionBody(state, subscription));
  return { status: 200, body: { value, count: { type: "Total", value: value.length } } };
}

function subscriptionBody(state: ArmState, { subscriptionId, displayName }: Subscription): JsonObject {
  return {
    id: `/subscriptions/${subscriptionId}`,
    authorizationSource: "RoleBased",
    managedByTenants: [],
    subscriptionId,
    tenantId: state.tenantId,
    displayName,
    state: "Enabled",
    subscriptionPolicies: {
      locationPlacementId: "Public_2014-09-01",
      quotaId: "PayAsYouGo_2014-09-01",
      spendingLimit: "Off",
    },
  };
}

function tenant({ tenantId }: ArmState): JsonObject {
  return {
    id: `/tenants/${tenantId}`,
    tenantId,
    countryCode: "US",
    displayName: "Local",
    domains: [],
    tenantCategory: "Home",
  };
}

function locationList({ subscriptionId }: Subscription): JsonObject[] {
  return Object.entries(locationNames).map(([name, displayName]) => ({
    id: `/subscriptions/${subscriptionId}/locations/${name}`,
    type: "Region",
    name,
    displayName,
    regionalDisplayName: displayName,
    metadata: { regionType: "Physical", regionCategory: "Recommended" },
  }));
}

function providerAnswer(state: ArmState, asked: string | undefined, subscription: Subscription | undefined): Answer {
  const all = namespaces();
  if (!asked) return { status: 200, body: { value: all.map((namespace) => provider(state, namespace, subscription)) } };
  const namespace = all.find((each) => each.toLowerCase() === asked);
  if (!namespace) throw invalidNamespace(asked);
  return { status: 200, body: provider(state, namespace, subscription) };
}

function provider(state: ArmState, namespace: string, subscription: Subscription | undefined): JsonObject {
  const scope = subscription ? `/subscriptions/${subscription.subscriptionId}` : "";
  return {
    id: `${scope}/providers/${namespace}`,
    namespace,
    registrationState: subscription
      ? state.registrations.stateOf(subscription.subscriptionId, namespace)
      : "Registered",
    registrationPolicy: "RegistrationRequired",
    resourceTypes: typesOf(namespace).map((type) => ({
      resourceType: type.name.slice(namespace.length + 1),
      locations: Object.values(locationNames),
      apiVersions: [...type.apiVersions],
      capabilities: "None",
    })),
  };
}
