import { memberOf, type Value, type ValueObject } from "./value.ts";

/** How a resource of Terraform's provider azurerm becomes ARM's. */
export interface TerraformType {
  /** ARM's type. */
  type: string;
  /** ARM's properties by their path, and where the plan has each. */
  properties: { readonly [path: string]: readonly (string | number)[] };
  /** What one value reads as in ARM's words; as it is where absent. */
  translate?(path: string, value: Value): Value;
  /** ARM's child resource that the properties are those of, with its name. */
  child?: { type: string; name: string };
}

/**
 * The resources of azurerm whose settings can be told from the plan alone, in versions 3 and 4 of the provider. What is not here is not
 * looked at. Source: the provider's docs of each resource.
 */
export const terraformTypes: { readonly [name: string]: TerraformType } = {
  azurerm_storage_account: {
    type: "Microsoft.Storage/storageAccounts",
    properties: {
      "properties.supportsHttpsTrafficOnly": ["https_traffic_only_enabled"],
      "properties.minimumTlsVersion": ["min_tls_version"],
      "properties.sasPolicy.sasExpirationPeriod": ["sas_policy", 0, "expiration_period"],
      "properties.sasPolicy.expirationAction": ["sas_policy", 0, "expiration_action"],
      "properties.allowSharedKeyAccess": ["shared_access_key_enabled"],
      "properties.customDomain.name": ["custom_domain", 0, "name"],
    },
  },
  azurerm_mssql_database: {
    type: "Microsoft.Sql/servers/databases",
    properties: { "properties.state": ["transparent_data_encryption_enabled"] },
    translate: (_path, value) => (typeof value === "boolean" ? (value ? "Enabled" : "Disabled") : value),
    child: { type: "transparentDataEncryption", name: "current" },
  },
  azurerm_virtual_network_gateway_connection: {
    type: "Microsoft.Network/connections",
    properties: {
      "properties.connectionType": ["type"],
      "properties.connectionProtocol": ["connection_protocol"],
      "properties.ipsecPolicies": ["ipsec_policy"],
    },
    translate: (path, value) => (path === "properties.ipsecPolicies" ? ipsecPolicies(value) : value),
  },
};

/** Names of older versions of the provider, by the newer one. */
export const olderNames: { readonly [name: string]: string } = {
  https_traffic_only_enabled: "enable_https_traffic_only",
};

const ipsecNames = {
  dh_group: "dhGroup",
  ike_encryption: "ikeEncryption",
  ike_integrity: "ikeIntegrity",
  ipsec_encryption: "ipsecEncryption",
  ipsec_integrity: "ipsecIntegrity",
  pfs_group: "pfsGroup",
  sa_datasize: "saDataSizeKilobytes",
  sa_lifetime: "saLifeTimeSeconds",
} as const;

function ipsecPolicies(value: Value): Value {
  if (!Array.isArray(value)) return value;
  return value.map((policy): ValueObject => {
    const entries = Object.entries(ipsecNames).flatMap(([theirs, arms]): [string, Value][] => {
      const member = memberOf(policy, theirs);
      return member === undefined || member === null ? [] : [[arms, member]];
    });
    return Object.fromEntries(entries);
  });
}
