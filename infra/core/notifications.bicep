// The topic on which the service tells what it did and what waits. It costs nothing until somebody subscribes.
@description('Where it is made.')
param location string

@description('Tags of everything.')
param tags object

resource topic 'Microsoft.EventGrid/topics@2025-02-15' = {
  name: 'evgt-guard-${uniqueString(resourceGroup().id)}'
  location: location
  tags: tags
  properties: {
    inputSchema: 'CloudEventSchemaV1_0'
    disableLocalAuth: true
    minimumTlsVersionAllowed: '1.2'
    publicNetworkAccess: 'Enabled'
  }
}

output endpoint string = topic.properties.endpoint
