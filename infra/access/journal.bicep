// The journal's own storage account: the service may read and append there, and nobody overwrites or deletes while the policy holds.
@description('Where it is made.')
param location string

@description('Tags of everything.')
param tags object

@description('Stands in the name of the role.')
param environmentName string

@description('The object id of the identity of the service.')
param servicePrincipalId string

@description('For so many days a blob can\'t be overwritten or deleted.')
param immutableDays int

@description('Whether the policy was locked: Azure refuses to set a locked one again, so it is left as it is.')
param journalLocked bool

@description('Whether it is reached by private endpoints alone.')
param isPrivate bool

var blobAction = 'Microsoft.Storage/storageAccounts/blobServices/containers/blobs'
// Names of roles are unique in a tenant, which may hold this environment's name in another subscription.
var suffix = take(uniqueString(resourceGroup().id), 6)

resource account 'Microsoft.Storage/storageAccounts@2025-01-01' = {
  // checkov:skip=CKV_AZURE_35:Denied where the deployment is private; else app and auditors come over the internet, with tokens alone
  // checkov:skip=CKV_AZURE_59:It asks for the network, not for anonymous blobs, which allowBlobPublicAccess forbids
  // checkov:skip=CKV_AZURE_206:Locally redundant, for its price; docs/deployment.md says so
  // checkov:skip=CKV_AZURE_43:The name is made by uniqueString, which gives small letters and digits
  name: take('stjournal${uniqueString(resourceGroup().id)}', 24)
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
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
    networkAcls: { bypass: 'None', defaultAction: isPrivate ? 'Deny' : 'Allow' }
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

resource container 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-01-01' = {
  parent: blobs
  name: 'journal'
  properties: { publicAccess: 'None' }
}

resource policy 'Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies@2025-01-01' = if (!journalLocked) {
  parent: container
  name: 'default'
  properties: {
    immutabilityPeriodSinceCreationInDays: immutableDays
    allowProtectedAppendWrites: true
  }
}

// Azure's own roles that append may also overwrite and delete.
resource role 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(resourceGroup().id, environmentName, 'journal')
  properties: {
    roleName: 'Azure Encryption Guard ${environmentName}: append to the journal (${suffix})'
    description: 'Reads blobs, makes new ones and appends to them; overwrites and deletes none.'
    type: 'CustomRole'
    permissions: [{ actions: [], notActions: [], dataActions: ['${blobAction}/read', '${blobAction}/add/action'] }]
    assignableScopes: [resourceGroup().id]
  }
}

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(container.id, role.id, servicePrincipalId)
  scope: container
  properties: {
    roleDefinitionId: role.id
    principalId: servicePrincipalId
    principalType: 'ServicePrincipal'
  }
}

output name string = account.name
