// The topic on which the service tells what it did and what waits. It costs nothing until somebody subscribes.
@description('Where it is made.')
param location string

@description('Tags of everything.')
param tags object

resource topic 'Microsoft.EventGrid/topics@2025-02-15' = {
  // checkov:skip=CKV_AZURE_193:The function app publishes over the internet, with tokens alone; disableLocalAuth forbids keys
  // checkov:skip=CKV_AZURE_191:The topic delivers to whom somebody else subscribes; it signs in nowhere itself
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
