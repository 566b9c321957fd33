// Generated from the baselines by `npm run docs`.

@export()
@description('Assigned on a management group that is the scope, beside those on subscriptions: which these are.')
var managementGroupActions = [
  'Microsoft.Management/managementGroups/descendants/read'
]

@export()
@description('Assigned on the subscription, whatever the scope is.')
var subscriptionActions = [
  'Microsoft.Resources/subscriptions/providers/read'
  'Microsoft.Resources/subscriptions/read'
  'Microsoft.EventGrid/systemTopics/read'
  'Microsoft.EventGrid/systemTopics/eventSubscriptions/read'
  'Microsoft.Sql/locations/transparentDataEncryptionAzureAsyncOperation/read'
  'Microsoft.Network/locations/operations/read'
]

@export()
@description('All that an audit of every baseline reads in the scope.')
var readActions = [
  'Microsoft.Storage/storageAccounts/read'
  'Microsoft.Storage/storageAccounts/fileServices/read'
  'Microsoft.Storage/storageAccounts/fileServices/shares/read'
  'Microsoft.Sql/servers/databases/read'
  'Microsoft.Sql/servers/databases/transparentDataEncryption/read'
  'Microsoft.Sql/servers/databases/replicationLinks/read'
  'Microsoft.Synapse/workspaces/sqlPools/read'
  'Microsoft.Network/connections/read'
  'Microsoft.Network/virtualNetworkGateways/read'
  'Microsoft.Network/virtualNetworkGateways/connections/read'
  'Microsoft.Network/localNetworkGateways/read'
]

@export()
@description('By baseline: the app setting of its mode, and the actions of its fix, assigned only where it is enforced.')
var fixes = {
  'storage/secure-transfer': {
    modeSetting: 'MODE_STORAGE_SECURE_TRANSFER'
    actions: [
      'Microsoft.Storage/storageAccounts/write'
      'Microsoft.Storage/storageAccounts/fileServices/write'
    ]
  }
  'storage/https-only-sas': {
    modeSetting: 'MODE_STORAGE_HTTPS_ONLY_SAS'
    actions: [
      'Microsoft.Storage/storageAccounts/write'
      'Microsoft.Storage/storageAccounts/fileServices/write'
    ]
  }
  'storage/minimum-tls': {
    modeSetting: 'MODE_STORAGE_MINIMUM_TLS'
    actions: [
      'Microsoft.Storage/storageAccounts/write'
    ]
  }
  'storage/sas-expiration': {
    modeSetting: 'MODE_STORAGE_SAS_EXPIRATION'
    actions: [
      'Microsoft.Storage/storageAccounts/write'
    ]
  }
  'sql/transparent-data-encryption': {
    modeSetting: 'MODE_SQL_TRANSPARENT_DATA_ENCRYPTION'
    actions: [
      'Microsoft.Sql/servers/databases/transparentDataEncryption/write'
    ]
  }
  'vpn/ipsec-policy': {
    modeSetting: 'MODE_VPN_IPSEC_POLICY'
    actions: [
      'Microsoft.Network/connections/write'
    ]
  }
}

@export()
@description('Beginnings of the names of operations whose events lead to a check: a list for each event subscription.')
var operationPrefixes = [
  [
    'Microsoft.Network/connections/write'
    'Microsoft.Sql/servers/databases/resume/action'
    'Microsoft.Sql/servers/databases/transparentDataEncryption/write'
    'Microsoft.Sql/servers/databases/write'
    'Microsoft.Storage/storageAccounts/fileServices/shares/write'
    'Microsoft.Storage/storageAccounts/fileServices/write'
    'Microsoft.Storage/storageAccounts/listAccountSas/action'
    'Microsoft.Storage/storageAccounts/listServiceSas/action'
    'Microsoft.Storage/storageAccounts/write'
    'Microsoft.Synapse/workspaces/sqlPools/transparentDataEncryption/write'
    'Microsoft.Synapse/workspaces/sqlPools/write'
  ]
]
