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

@description('The name of the Application Insights component.')
param insightsName string

@description('The endpoint of the topic of notifications.')
param notificationTopic string

@description('App settings with the modes of baselines.')
param modes object

@description('The version of Node.js.')
param nodeVersion string

@description('Instances that are kept ready for events, and as many for fixes.')
param alwaysReadyInstances int

@description('The client id of the service\'s app registration. Empty: callers use function keys.')
param entraClientId string

// The setting CLOUD by the name that Azure gives itself.
var clouds = { AzureCloud: 'public', AzureUSGovernment: 'usgovernment', AzureChinaCloud: 'china' }
var alwaysReady = [
  { name: 'function:resource-changed', instanceCount: alwaysReadyInstances }
  { name: 'function:reconcile', instanceCount: alwaysReadyInstances }
]

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
  name: insightsName
}

resource plan 'Microsoft.Web/serverfarms@2024-04-01' = {
  name: 'plan-guard-${uniqueString(resourceGroup().id)}'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { tier: 'FlexConsumption', name: 'FC1' }
  properties: { reserved: true }
}

resource app 'Microsoft.Web/sites@2024-04-01' = {
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
  parent: app
  name: 'appsettings'
  properties: union(
    {
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
    },
    empty(entraClientId) ? {} : { ENTRA_TENANT_ID: tenant().tenantId, ENTRA_AUDIENCE: entraClientId },
    modes
  )
}

resource noPublishingByPassword 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-04-01' = [
  for name in ['ftp', 'scm']: {
    parent: app
    name: name
    properties: { allow: false }
  }
]

output name string = app.name
output cloud string = clouds[environment().name]
