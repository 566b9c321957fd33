import { gatewayError, locationRequired, providerError } from "../../errors.ts";
import { isJsonObject, type JsonObject, objectAt, overlay, textAt } from "../../json.ts";
import type { Answer } from "../../message.ts";
import type { PlanContext, ProviderAction, ResourceType, WritePlan } from "../../resource-type.ts";
import type { StoredResource } from "../../store.ts";
import { accountActions, newKeys } from "./account-actions.ts";
import { newAccount, updatedAccount } from "./account-body.ts";
import {
  accountNameRule,
  checkAccountName,
  checkAccountValues,
  checkKeysWereRotated,
  checkRequiredOnCreate,
  isAccountName,
} from "./account-rules.ts";
import { normalizedLocation } from "./locations.ts";

const storageAccountType = "Microsoft.Storage/storageAccounts";

export const storageApiVersions = [
  "2026-09-01",
  "2026-04-01",
  "2025-08-01",
  "2025-06-01",
  "2025-01-01",
  "2024-01-01",
  "2023-05-01",
  "2023-01-01",
  "2022-09-01",
  "2021-04-01",
  "2019-06-01",
  "2019-04-01",
  "2018-11-01",
  "2018-07-01",
];

/** The provider's answers without a body say so. */
const emptyText = { "content-type": "text/plain; charset=utf-8" };

/** Storage accounts. Recordings: storage-account-*. A create takes 17 s there; all else is at once. */
export const storageAccounts: ResourceType = {
  name: storageAccountType,
  level: "resourceGroup",
  apiVersions: storageApiVersions,
  tracked: true,
  contentType: "application/json",
  put: (context, existing) => (existing ? update(context, existing) : create(context)),
  patch: update,
  delete: () => ({ status: 200, headers: emptyText }),
  actions: accountActions,
  seed,
};

/** POST checkNameAvailability: a fact about all subscriptions, so no group is in its path. */
export const checkNameAvailability: ProviderAction = {
  namespace: "Microsoft.Storage",
  name: "checkNameAvailability",
  permission: "Microsoft.Storage/checkNameAvailability/read",
  apiVersions: storageApiVersions,
  perform: (context): Answer => ({
    status: 200,
    headers: { "content-type": "application/json" },
    body: nameAvailability(context, textAt(context.body, "name") ?? ""),
  }),
};

function nameAvailability(context: PlanContext, name: string): JsonObject {
  if (accountNamed(context, name)) {
    const message = `The storage account named ${name} is already taken.`;
    return { nameAvailable: false, reason: "AlreadyExists", message };
  }
  if (isAccountName(name)) return { nameAvailable: true };
  return { nameAvailable: false, reason: "AccountNameInvalid", message: accountNameRule(name) };
}

function create(context: PlanContext): WritePlan {
  const { id, name, body: sent } = context;
  const location = textAt(sent, "location");
  if (!location) throw locationRequired();
  checkAccountName(name);
  checkRequiredOnCreate(sent);
  checkAccountValues(sent);
  checkNameIsFree(context);
  const body = newAccount(id, name, sent, context.apiVersion, context.now);
  const completed = { id, type: storageAccountType, body, secrets: newKeys(name, context.now) };
  const creating = overlay(body, { properties: { provisioningState: "Creating" } });
  const region = normalizedLocation(location);
  return {
    status: 202,
    resource: { ...completed, body: creating },
    operation: {
      seconds: 17,
      locationPath: `/subscriptions/${id.split("/")[2]}/providers/Microsoft.Storage/locations/${region}/asyncoperations/{operation}?monitor=true`,
      headers: emptyText,
      completed,
    },
  };
}

function update({ body: sent }: PlanContext, existing: StoredResource): WritePlan {
  checkAccountValues(sent);
  const { body } = existing;
  if (textAt(objectAt(body, "properties"), "provisioningState") !== "Succeeded") {
    const name = textAt(body, "name");
    const message = `The storage account named '${name}' is not yet provisioned; the operation cannot be performed now.`;
    throw providerError(409, "StorageAccountIsNotProvisioned", message);
  }
  checkLocationStays(body, sent);
  checkKeysWereRotated(body, sent);
  const resource = { ...existing, body: updatedAccount(body, sent) };
  return { status: 200, resource };
}

function checkNameIsFree(context: PlanContext): void {
  const other = accountNamed(context, context.name);
  if (!other) return;
  const sameSubscription = other.id.split("/")[2]?.toLowerCase() === context.id.split("/")[2]?.toLowerCase();
  throw sameSubscription
    ? providerError(
        409,
        "StorageAccountInAnotherResourceGroup",
        `The account ${context.name} is already in another resource group in this subscription.`,
      )
    : providerError(409, "StorageAccountAlreadyTaken", `The storage account named ${context.name} is already taken.`);
}

function accountNamed(context: PlanContext, name: string): StoredResource | undefined {
  return context.store
    .ofType(storageAccountType)
    .find(({ body }) => textAt(body, "name")?.toLowerCase() === name.toLowerCase());
}

function checkLocationStays(existing: JsonObject, sent: JsonObject): void {
  const [before, asked] = [textAt(existing, "location"), textAt(sent, "location")];
  if (!asked || !before || normalizedLocation(asked) === before) return;
  throw gatewayError(
    409,
    "InvalidResourceLocation",
    `The resource '${textAt(existing, "name")}' already exists in location '${before}'. A resource with the same name cannot be created in location '${asked}'. Please select a new resource name.`,
  );
}

/** A test's account. `keys: { key1, key2 }` in the body sets the values that listKeys answers; read-only properties count. */
function seed(context: PlanContext): StoredResource {
  const { id, name, now } = context;
  const { keys, ...body } = context.body;
  const whole = overlay(newAccount(id, name, body, storageApiVersions[0] ?? "", now), body);
  const sku = textAt(objectAt(body, "sku"), "name");
  const account = sku ? overlay(whole, { sku: { tier: sku.startsWith("Premium") ? "Premium" : "Standard" } }) : whole;
  const secrets = { ...newKeys(name, now), ...(isJsonObject(keys) && keys) };
  return { id, type: storageAccountType, body: account, secrets };
}
