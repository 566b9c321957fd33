// The service's own storage account: queues, state and the package. The journal has another. It stands in this layer because roles are assigned on it.
@description('Where it is made.')
param location string

@description('Tags of everything.')
param tags object

@description('Whether it is reached by private endpoints alone, but for Event Grid.')
param isPrivate bool

var containers = ['dead-letters', 'notifications', 'policy', 'package']
var queues = ['changes', 'changes-poison', 'events', 'events-poison', 'sweeps', 'sweeps-poison', 'unreadable']
var tables = [
  'bursts'
  'control'
  'counts'
  'exemptions'
  'leases'
  'operations'
  'remediations'
  'resources'
  'waits'
  'writes'
]

resource account 'Microsoft.Storage/storageAccounts@2025-01-01' = {
  // checkov:skip=CKV_AZURE_35:Denied where the deployment is private; else app and operators come over the internet, with tokens alone
  // checkov:skip=CKV_AZURE_59:It asks for the network, not for anonymous blobs, which allowBlobPublicAccess forbids
  // checkov:skip=CKV_AZURE_206:Locally redundant, for its price; docs/deployment.md says so, and no other region could take over the app
  // checkov:skip=CKV_AZURE_43:The name is made by uniqueString, which gives small letters and digits
  name: take('stguard${uniqueString(resourceGroup().id)}', 24)
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: 'Standard_LRS' }
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    // Event Grid writes events and dead letters, and comes by no private endpoint: it is let in as a service that Azure trusts, which Disabled would refuse too.
    publicNetworkAccess: 'Enabled'
    networkAcls: { bypass: 'AzureServices', defaultAction: isPrivate ? 'Deny' : 'Allow' }
    supportsHttpsTrafficOnly: true
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2025-01-01' = {
  parent: account
  name: 'default'
  properties: {
    deleteRetentionPolicy: { enabled: true, days: 7 }
    containerDeleteRetentionPolicy: { enabled: true, days: 7 }
  }
}

resource container 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-01-01' = [
  for name in containers: {
    parent: blobs
    name: name
    properties: { publicAccess: 'None' }
  }
]

resource queueService 'Microsoft.Storage/storageAccounts/queueServices@2025-01-01' = {
  parent: account
  name: 'default'
}

resource queue 'Microsoft.Storage/storageAccounts/queueServices/queues@2025-01-01' = [
  for name in queues: {
    parent: queueService
    name: name
  }
]

resource tableService 'Microsoft.Storage/storageAccounts/tableServices@2025-01-01' = {
  parent: account
  name: 'default'
}

resource table 'Microsoft.Storage/storageAccounts/tableServices/tables@2025-01-01' = [
  for name in tables: {
    parent: tableService
    name: name
  }
]

output name string = account.name
