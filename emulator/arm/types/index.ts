import type { ProviderAction, ResourceType } from "../resource-type.ts";
import { locks } from "./authorization/lock.ts";
import { roleAssignments } from "./authorization/role-assignment.ts";
import { roleDefinitions } from "./authorization/role-definition.ts";
import { deployments } from "./deployments/deployment.ts";
import { deploymentOperations, deploymentStatuses } from "./deployments/deployment-parts.ts";
import { eventSubscriptions } from "./eventgrid/event-subscription.ts";
import { systemTopics } from "./eventgrid/system-topic.ts";
import { topics } from "./eventgrid/topic.ts";
import { userAssignedIdentities } from "./managed-identity/user-assigned-identity.ts";
import { monitoring } from "./monitor/monitoring.ts";
import { connections, gatewayConnections } from "./network/connection.ts";
import { localNetworkGateways } from "./network/local-network-gateway.ts";
import { networkInterfaces } from "./network/network-interface.ts";
import { privateDnsZones, virtualNetworkLinks } from "./network/private-dns-zone.ts";
import { privateDnsZoneGroups, privateEndpoints } from "./network/private-endpoint.ts";
import { publicIpAddresses } from "./network/public-ip-address.ts";
import { subnets } from "./network/subnet.ts";
import { virtualNetworks } from "./network/virtual-network.ts";
import { virtualNetworkGateways } from "./network/virtual-network-gateway.ts";
import { resourceGroups } from "./resources/resource-group.ts";
import { sqlLocations } from "./sql/capabilities.ts";
import { sqlDatabases } from "./sql/database.ts";
import { replicationLinks } from "./sql/replication-link.ts";
import { sqlServers } from "./sql/server.ts";
import { transparentDataEncryption } from "./sql/transparent-data-encryption.ts";
import { checkNameAvailability, storageAccounts } from "./storage/account.ts";
import { blobServices } from "./storage/blob-service.ts";
import { containers } from "./storage/container.ts";
import { fileServices } from "./storage/file-service.ts";
import { shares } from "./storage/share.ts";
import { serverFarms } from "./web/server-farm.ts";
import { siteFunctions, siteNetworkConfigs, sites } from "./web/site.ts";

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
  sqlServers,
  sqlDatabases,
  transparentDataEncryption,
  replicationLinks,
  sqlLocations,
  virtualNetworks,
  subnets,
  privateEndpoints,
  privateDnsZoneGroups,
  networkInterfaces,
  privateDnsZones,
  virtualNetworkLinks,
  publicIpAddresses,
  virtualNetworkGateways,
  gatewayConnections,
  localNetworkGateways,
  connections,
  systemTopics,
  eventSubscriptions,
  topics,
  sites,
  siteFunctions,
  siteNetworkConfigs,
  serverFarms,
  userAssignedIdentities,
  ...monitoring,
  deployments,
  deploymentStatuses,
  deploymentOperations,
];

/** POSTs on a provider. */
export const providerActions: readonly ProviderAction[] = [checkNameAvailability];
