// Event subscriptions of a system topic: one for each batch of operations that Event Grid can filter by.
import { operationPrefixes } from '../baselines.bicep'

@description('The name of the system topic, in this resource group.')
param topicName string

@description('What the names of the event subscriptions begin with.')
param namePrefix string

@description('The resource id of the function that takes events.')
param functionId string

@description('The resource id of the storage account with the container of dead letters.')
param storageId string

@description('Whether events are written into the queue `events` of that account, in place of calling the function. It needs the identity below.')
param isByQueue bool

@description('The resource id of the identity that leaves dead letters, and that the topic carries. Empty: what can\'t be delivered is dropped, and left to the sweep.')
param deliveryIdentityId string

@description('Whether the topic\'s own identity does both in its place: storage behind a firewall takes no other from Event Grid (docs: "Deliver events using private link service").')
param usesOwnIdentity bool

var deliveryIdentity = usesOwnIdentity
  ? { type: 'SystemAssigned' }
  : { type: 'UserAssigned', userAssignedIdentity: deliveryIdentityId }

resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' existing = {
  name: topicName
}

resource eventSubscription 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2025-02-15' = [
  for (prefixes, index) in operationPrefixes: {
    parent: topic
    name: '${namePrefix}-${index}'
    properties: {
      eventDeliverySchema: 'EventGridSchema'
      destination: isByQueue
        ? null
        : {
            endpointType: 'AzureFunction'
            properties: { resourceId: functionId, maxEventsPerBatch: 1, preferredBatchSizeInKilobytes: 64 }
          }
      deliveryWithResourceIdentity: isByQueue
        ? {
            identity: deliveryIdentity
            destination: {
              endpointType: 'StorageQueue'
              // An event that nobody took yet is not thrown away after a week.
              properties: { resourceId: storageId, queueName: 'events', queueMessageTimeToLiveInSeconds: -1 }
            }
          }
        : null
      filter: {
        includedEventTypes: [
          'Microsoft.Resources.ResourceWriteSuccess'
          'Microsoft.Resources.ResourceActionSuccess'
          'Microsoft.Resources.ResourceDeleteSuccess'
        ]
        advancedFilters: [{ operatorType: 'StringBeginsWith', key: 'data.operationName', values: prefixes }]
      }
      retryPolicy: { maxDeliveryAttempts: 30, eventTimeToLiveInMinutes: 1440 }
      deadLetterWithResourceIdentity: empty(deliveryIdentityId)
        ? null
        : {
            identity: deliveryIdentity
            deadLetterDestination: {
              endpointType: 'StorageBlob'
              properties: { resourceId: storageId, blobContainerName: 'dead-letters' }
            }
          }
    }
  }
]
