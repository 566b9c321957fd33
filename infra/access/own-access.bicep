// What the two identities may do in the service's own resource group: Azure's built-in roles, by their ids.
@description('The name of the service\'s storage account.')
param storageName string

@description('The object id of the identity of the service.')
param servicePrincipalId string

@description('The object id of the identity that delivers events, and leaves dead letters: the topic\'s own where storage is behind a firewall.')
param deliveryPrincipalId string

@description('Whether events come by the queue, into which that identity then writes them.')
param writesEvents bool

@description('Whether the log goes to an Application Insights component in this resource group.')
param logsHere bool

// What the Functions host asks for, and the state needs (docs: "Connecting to host storage with an identity").
var onStorage = {
  'Storage Blob Data Owner': 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
  'Storage Queue Data Contributor': '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
  'Storage Table Data Contributor': '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
}
// To tell Application Insights and the topic of notifications, which a later layer makes.
var toLog = { 'Monitoring Metrics Publisher': '3913510d-42f4-4e42-8a64-420c390055eb' }
var toNotify = { 'EventGrid Data Sender': 'd5a91429-5739-47e2-a06b-3470a27159e7' }
var onGroup = union(toNotify, logsHere ? toLog : {})
var storageQueueDataMessageSender = 'c6a89b2d-59bc-44d0-9896-0f6e12d7b80a'
var storageBlobDataContributor = 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'

resource account 'Microsoft.Storage/storageAccounts@2025-01-01' existing = {
  name: storageName

  resource blobs 'blobServices' existing = {
    name: 'default'

    resource deadLetters 'containers' existing = {
      name: 'dead-letters'
    }
  }

  resource queueService 'queueServices' existing = {
    name: 'default'

    resource events 'queues' existing = {
      name: 'events'
    }
  }
}

resource storageAssignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in items(onStorage): {
    name: guid(account.id, servicePrincipalId, role.value)
    scope: account
    properties: {
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.value)
      principalId: servicePrincipalId
      principalType: 'ServicePrincipal'
    }
  }
]

resource groupAssignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in items(onGroup): {
    name: guid(resourceGroup().id, servicePrincipalId, role.value)
    properties: {
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.value)
      principalId: servicePrincipalId
      principalType: 'ServicePrincipal'
    }
  }
]

// On the one container: who delivers events can't reach the journal.
resource deadLetterAssignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(account::blobs::deadLetters.id, deliveryPrincipalId, storageBlobDataContributor)
  scope: account::blobs::deadLetters
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', storageBlobDataContributor)
    principalId: deliveryPrincipalId
    principalType: 'ServicePrincipal'
  }
}

// On the one queue, to write into it alone.
resource eventsAssignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (writesEvents) {
  name: guid(account::queueService::events.id, deliveryPrincipalId, storageQueueDataMessageSender)
  scope: account::queueService::events
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', storageQueueDataMessageSender)
    principalId: deliveryPrincipalId
    principalType: 'ServicePrincipal'
  }
}
