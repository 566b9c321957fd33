// What a private deployment reaches its storage by: a network where none is given, private endpoints, and the zones of their names.
@description('Where it is made: the region of the network.')
param location string

@description('Tags of everything.')
param tags object

@description('The resource id of a subnet for the app that is there already. Empty: a network is made.')
param givenIntegrationSubnetId string

@description('The resource id of a subnet for private endpoints that is there already.')
param givenEndpointSubnetId string

@description('The addresses of the network that is made.')
param networkPrefix string

@description('Those of its subnet for the app.')
param integrationPrefix string

@description('Those of its subnet for private endpoints.')
param endpointPrefix string

@description('Whether private DNS zones are made, or left to the organisation.')
param makesZones bool

@description('The name of the service\'s storage account.')
param storageName string

@description('The name of the storage account of the journal.')
param journalName string

var makesNetwork = empty(givenIntegrationSubnetId)
var networkName = 'vnet-guard-${uniqueString(resourceGroup().id)}'
var ownNetworkId = resourceId('Microsoft.Network/virtualNetworks', networkName)
var integrationSubnet = makesNetwork ? '${ownNetworkId}/subnets/integration' : givenIntegrationSubnetId
var endpointSubnet = makesNetwork ? '${ownNetworkId}/subnets/endpoints' : givenEndpointSubnetId
var suffix = environment().suffixes.storage
var services = ['blob', 'queue', 'table']
// The app reads and writes all three of its own, and blobs alone of the journal.
var endpoints = [
  { account: storageName, service: 'blob' }
  { account: storageName, service: 'queue' }
  { account: storageName, service: 'table' }
  { account: journalName, service: 'blob' }
]

resource network 'Microsoft.Network/virtualNetworks@2024-05-01' = if (makesNetwork) {
  name: networkName
  location: location
  tags: tags
  properties: {
    addressSpace: { addressPrefixes: [networkPrefix] }
    // Subnets that stand apart would be taken away, and be made anew, at each deployment.
    subnets: [
      {
        name: 'integration'
        properties: {
          addressPrefix: integrationPrefix
          // What Flex Consumption asks for (docs: "Azure Functions networking options").
          delegations: [{ name: 'app', properties: { serviceName: 'Microsoft.App/environments' } }]
        }
      }
      {
        name: 'endpoints'
        properties: { addressPrefix: endpointPrefix, defaultOutboundAccess: false }
      }
    ]
  }
}

module zones '../private-dns-zone.bicep' = [
  for service in services: if (makesZones) {
    name: 'guard-zone-${service}'
    params: {
      name: 'privatelink.${service}.${suffix}'
      tags: tags
      networkId: first(split(integrationSubnet, '/subnets/'))
    }
    dependsOn: [network]
  }
]

// One after the other: an account takes one new connection at a time, and refuses others meanwhile.
@batchSize(1)
module accountEndpoints '../private-endpoint.bicep' = [
  for endpoint in endpoints: {
    name: 'guard-endpoint-${endpoint.account}-${endpoint.service}'
    params: {
      name: 'pe-${endpoint.account}-${endpoint.service}'
      location: location
      tags: tags
      subnetId: endpointSubnet
      targetId: resourceId('Microsoft.Storage/storageAccounts', endpoint.account)
      service: endpoint.service
      zoneId: makesZones ? resourceId('Microsoft.Network/privateDnsZones', 'privatelink.${endpoint.service}.${suffix}') : ''
    }
    dependsOn: [network, zones]
  }
]

output integrationSubnetId string = integrationSubnet
output endpointSubnetId string = endpointSubnet
