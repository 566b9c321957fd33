// The way to one service of one resource within a virtual network.
@description('Its name.')
param name string

@description('Where it is made: the region of the network.')
param location string

@description('Tags of everything.')
param tags object

@description('The resource id of the subnet that it takes an address of.')
param subnetId string

@description('The resource id of what it leads to.')
param targetId string

@description('Which of its services: `blob`, `queue` or `table` of a storage account, `sites` of an app.')
param service string

@description('The resource id of the private DNS zone that gets its address. Empty: that is left to the organisation.')
param zoneId string

resource endpoint 'Microsoft.Network/privateEndpoints@2024-05-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    subnet: { id: subnetId }
    privateLinkServiceConnections: [
      {
        name: name
        properties: { privateLinkServiceId: targetId, groupIds: [service] }
      }
    ]
  }
}

resource zoneGroup 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2024-05-01' = if (!empty(zoneId)) {
  parent: endpoint
  name: 'default'
  properties: {
    privateDnsZoneConfigs: [{ name: service, properties: { privateDnsZoneId: zoneId } }]
  }
}
