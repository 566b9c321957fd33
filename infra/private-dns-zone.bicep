// A zone of names that lead to private endpoints, for those who ask in one virtual network.
@description('The name that Azure asks for: `privatelink` and the service\'s own.')
param name string

@description('Tags of everything.')
param tags object

@description('The resource id of the virtual network.')
param networkId string

resource zone 'Microsoft.Network/privateDnsZones@2024-06-01' = {
  name: name
  #disable-next-line no-hardcoded-location
  location: 'global'
  tags: tags
}

resource link 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = {
  parent: zone
  name: uniqueString(networkId)
  #disable-next-line no-hardcoded-location
  location: 'global'
  tags: tags
  properties: {
    registrationEnabled: false
    virtualNetwork: { id: networkId }
  }
}
