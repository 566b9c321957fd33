// What brings the events of the subscription to the function. Comes last: Event Grid refuses a function that Azure does not list yet.
@description('Stands in tags and names; the same as in the layer access.')
param environmentName string

@description('The name of the function app.')
param functionAppName string

@description('The name of the service\'s storage account.')
param storageName string

@description('The name of the identity that leaves dead letters.')
param deliveryIdentityName string

@description('The resource id of the subscription\'s system topic, where it has one: Azure allows one alone, and it is not altered. Empty: one is made.')
param existingTopicId string = ''

@description('The resource id of who is told of events that were lost; what the layer core put out. Empty: nobody.')
param actionGroupId string = ''

@description('How events come: to the function, or by the queue `events`, which it reads.')
@allowed(['function', 'queue'])
param eventDelivery string = 'function'

@description('`private`: the app is reached by a private endpoint alone; the same as in the layer access.')
@allowed(['public', 'private'])
param network string = 'public'

var makesTopic = empty(existingTopicId)
var isPublic = network == 'public'
var isByQueue = eventDelivery == 'queue'
  ? makesTopic ? true : fail('EVENT_DELIVERY=queue goes without EXISTING_TOPIC_ID: that topic carries no identity of delivery.')
  : isPublic ? false : fail('NETWORK=private needs EVENT_DELIVERY=queue: Event Grid reaches no private function.')

resource app 'Microsoft.Web/sites@2024-04-01' existing = {
  name: functionAppName
}

resource account 'Microsoft.Storage/storageAccounts@2025-01-01' existing = {
  name: storageName
}

resource deliveryIdentity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' existing = {
  name: deliveryIdentityName
}

// In a private network the layer access made it.
module topic '../system-topic.bicep' = if (makesTopic && isPublic) {
  name: 'guard-system-topic'
  params: {
    deliveryIdentityId: deliveryIdentity.id
    hasOwnIdentity: false
    tags: { 'azd-env-name': environmentName }
  }
}

module eventSubscriptions 'event-subscriptions.bicep' = {
  name: 'guard-event-subscriptions'
  scope: resourceGroup(makesTopic ? resourceGroup().name : split(existingTopicId, '/')[4])
  params: {
    topicName: makesTopic ? 'evgs-guard-${uniqueString(resourceGroup().id)}' : last(split(existingTopicId, '/'))
    namePrefix: 'guard-${environmentName}'
    functionId: '${app.id}/functions/resource-changed'
    storageId: account.id
    // A topic that is somebody else's carries no identity of ours.
    deliveryIdentityId: makesTopic ? deliveryIdentity.id : ''
    isByQueue: isByQueue
    usesOwnIdentity: !isPublic
  }
  dependsOn: [topic]
}

module lostEvents 'lost-events.bicep' = {
  name: 'guard-lost-events'
  params: {
    tags: { 'azd-env-name': environmentName }
    topicId: makesTopic
      ? resourceId('Microsoft.EventGrid/systemTopics', 'evgs-guard-${uniqueString(resourceGroup().id)}')
      : existingTopicId
    actionGroupId: actionGroupId
  }
  dependsOn: [topic]
}
