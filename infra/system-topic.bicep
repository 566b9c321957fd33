// The system topic of the subscription.
@description('The resource id of the identity that delivers events where they come by a queue, and leaves dead letters.')
param deliveryIdentityId string

@description('Whether it also has an identity of its own: storage behind a firewall takes no other from Event Grid.')
param hasOwnIdentity bool

@description('Tags of everything.')
param tags object

resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' = {
  name: 'evgs-guard-${uniqueString(resourceGroup().id)}'
  #disable-next-line no-hardcoded-location
  location: 'global'
  tags: tags
  identity: {
    type: hasOwnIdentity ? 'SystemAssigned, UserAssigned' : 'UserAssigned'
    userAssignedIdentities: { '${deliveryIdentityId}': {} }
  }
  properties: {
    source: subscription().id
    topicType: 'Microsoft.Resources.Subscriptions'
  }
}

output ownPrincipalId string = hasOwnIdentity ? topic.identity.principalId : ''
