// Two identities: what reads and fixes resources delivers no events, and what leaves dead letters reads no resource.
@description('Where they are made.')
param location string

@description('Tags of everything.')
param tags object

resource service 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: 'id-guard-${uniqueString(resourceGroup().id)}'
  location: location
  tags: tags
}

resource delivery 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: 'id-guard-delivery-${uniqueString(resourceGroup().id)}'
  location: location
  tags: tags
}

output serviceName string = service.name
output servicePrincipalId string = service.properties.principalId
output deliveryName string = delivery.name
output deliveryId string = delivery.id
output deliveryPrincipalId string = delivery.properties.principalId
