// A page in the portal that shows the log: posture, remediations, outcomes and who or what offends most.
@description('Where it is made.')
param location string

@description('Tags of everything.')
param tags object

@description('The resource id of the workspace that the log goes to.')
param workspaceId string

@description('The resource id of the Application Insights component: others may log into the same workspace.')
param insightsId string

@description('The name of the function app: others may log by the same component.')
param appName string

@description('The name of the identity of the service, whose own changes offend nobody.')
param identityName string

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' existing = {
  name: identityName
}

var ofWorkspace = replace(loadTextContent('workbook.json'), '__workspace__', workspaceId)
var page = replace(replace(ofWorkspace, '__insights__', insightsId), '__app__', appName)

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(resourceGroup().id, 'azure-encryption-guard')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'Azure Encryption Guard'
    category: 'workbook'
    version: 'Notebook/1.0'
    sourceId: workspaceId
    serializedData: replace(page, '__identity__', identity.properties.principalId)
  }
}
