import type { ProviderAction, ResourceType } from "../resource-type.ts";
import { locks } from "./authorization/lock.ts";
import { roleAssignments } from "./authorization/role-assignment.ts";
import { roleDefinitions } from "./authorization/role-definition.ts";
import { resourceGroups } from "./resources/resource-group.ts";
import { checkNameAvailability, storageAccounts } from "./storage/account.ts";
import { blobServices } from "./storage/blob-service.ts";
import { containers } from "./storage/container.ts";
import { fileServices } from "./storage/file-service.ts";
import { shares } from "./storage/share.ts";

/** Every resource type that the local Azure knows. A new one is a new file and a line here. */
export const resourceTypes: readonly ResourceType[] = [
  resourceGroups,
  locks,
  roleDefinitions,
  roleAssignments,
  storageAccounts,
  fileServices,
  shares,
  blobServices,
  containers,
];

/** POSTs on a provider. */
export const providerActions: readonly ProviderAction[] = [checkNameAvailability];
