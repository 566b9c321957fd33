// The system topic of the subscription.
@description('Its name.')
param name string

@description('The resource id of the identity that leaves dead letters.')
param deliveryIdentityId string

@description('Tags of everything.')
param tags object

resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' = {
  name: name
  #disable-next-line no-hardcoded-location
  location: 'global'
  tags: tags
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${deliveryIdentityId}': {} }
  }
  properties: {
    source: subscription().id
    topicType: 'Microsoft.Resources.Subscriptions'
  }
}
