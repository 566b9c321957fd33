// The function app on Flex Consumption. It reaches its storage, Azure and Application Insights by one identity, and holds no key.
@description('Where it is made.')
param location string

@description('Tags of everything.')
param tags object

@description('Where the service may read and write.')
param guardScope string

@description('The name of the service\'s storage account.')
param storageName string

@description('The name of the storage account of the journal.')
param journalName string

@description('The name of the identity of the service.')
param identityName string

@description('The resource id of the Application Insights component, perhaps in another resource group or subscription.')
param insightsId string

@description('The endpoint of the topic of notifications.')
param notificationTopic string

@description('App settings with the modes of baselines.')
param modes object

@description('The version of Node.js.')
param nodeVersion string

@description('Instances that are kept ready for events, and as many for fixes.')
param alwaysReadyInstances int

@description('The name of the function that takes events.')
@allowed(['resource-changed', 'queued-event'])
param eventsFunction string

@description('The client id of the service\'s app registration. Empty: callers use function keys.')
param entraClientId string

@description('Whether it is reached by a private endpoint alone.')
param isPrivate bool

@description('The resource id of the subnet that it reaches others from. Empty: none.')
param integrationSubnetId string

// The setting CLOUD by the name that Azure gives itself.
var clouds = { AzureCloud: 'public', AzureUSGovernment: 'usgovernment', AzureChinaCloud: 'china' }
var alwaysReady = [
  { name: 'function:${eventsFunction}', instanceCount: alwaysReadyInstances }
  { name: 'function:reconcile', instanceCount: alwaysReadyInstances }
]

var insightsParts = split(insightsId, '/')

var ownSettings = {
  AzureWebJobsStorage__blobServiceUri: account.properties.primaryEndpoints.blob
  AzureWebJobsStorage__queueServiceUri: account.properties.primaryEndpoints.queue
  AzureWebJobsStorage__tableServiceUri: account.properties.primaryEndpoints.table
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identity.properties.clientId
  JOURNAL_STORAGE: journal.properties.primaryEndpoints.blob
  APPLICATIONINSIGHTS_CONNECTION_STRING: insights.properties.ConnectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identity.properties.clientId};Authorization=AAD'
  AZURE_CLIENT_ID: identity.properties.clientId
  CLOUD: clouds[environment().name]
  SCOPES: guardScope
  MODE_DEFAULT: 'audit'
  NOTIFICATION_TOPIC: notificationTopic
}
var signIn = { ENTRA_TENANT_ID: tenant().tenantId, ENTRA_AUDIENCE: entraClientId }
var withSignIn = empty(entraClientId) ? {} : signIn

resource account 'Microsoft.Storage/storageAccounts@2025-01-01' existing = {
  name: storageName
}

resource journal 'Microsoft.Storage/storageAccounts@2025-01-01' existing = {
  name: journalName
}

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' existing = {
  name: identityName
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: last(insightsParts)
  scope: resourceGroup(insightsParts[2], insightsParts[4])
}

resource plan 'Microsoft.Web/serverfarms@2024-04-01' = {
  // checkov:skip=CKV_AZURE_225:Not zone redundant: its storage is locally redundant too, and what was left is taken up again from there
  name: 'plan-guard-${uniqueString(resourceGroup().id)}'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { tier: 'FlexConsumption', name: 'FC1' }
  properties: { reserved: true }
}

resource app 'Microsoft.Web/sites@2024-04-01' = {
  // checkov:skip=CKV_AZURE_222:Disabled where the deployment is private; else Event Grid and callers come over the internet, and are asked who they are
  // checkov:skip=CKV_AZURE_17:Callers sign in by token or function key, and Event Grid by a key of its own; none of them carries a certificate
  // checkov:skip=CKV_AZURE_212:It scales to zero by design; ALWAYS_READY_INSTANCES keeps instances where somebody wants them
  // checkov:skip=CKV_AZURE_213:Flex Consumption replaces instances by itself; the service tells of its health by /api/health
  // checkov:skip=CKV_AZURE_67:HTTP 2 is for browsers with many requests; callers send one at a time
  // checkov:skip=CKV_AZURE_18:The same as the check before, asked of web apps
  name: 'func-guard-${uniqueString(resourceGroup().id)}'
  location: location
  tags: union(tags, { 'azd-service-name': 'guard' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identity.id}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    // Flex Consumption sends everything by the subnet; there is nothing to route.
    virtualNetworkSubnetId: empty(integrationSubnetId) ? null : integrationSubnetId
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
    siteConfig: { minTlsVersion: '1.2', ftpsState: 'Disabled' }
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${account.properties.primaryEndpoints.blob}package'
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identity.id
          }
        }
      }
      scaleAndConcurrency: {
        maximumInstanceCount: 40
        instanceMemoryMB: 2048
        alwaysReady: alwaysReadyInstances == 0 ? [] : alwaysReady
      }
      runtime: { name: 'node', version: nodeVersion }
    }
  }
}

resource settings 'Microsoft.Web/sites/config@2024-04-01' = {
  // checkov:skip=CKV_AZURE_222:A property of the app, not of its settings
  parent: app
  name: 'appsettings'
  properties: union(ownSettings, withSignIn, modes)
}

resource noPublishingByPassword 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-04-01' = [
  for name in ['ftp', 'scm']: {
    parent: app
    name: name
    properties: { allow: false }
  }
]

output name string = app.name
// The zone of the private endpoint: the host without the app's own name.
output privateZone string = 'privatelink.${join(skip(split(app.properties.defaultHostName, '.'), 1), '.')}'
output cloud string = clouds[environment().name]
