// A page in the portal that shows the log: posture, remediations, outcomes and who or what offends most.
@description('Where it is made.')
param location string

@description('Tags of everything.')
param tags object

@description('The name of the workspace that the log goes to.')
param workspaceName string

@description('The name of the identity of the service, whose own changes offend nobody.')
param identityName string

resource workspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' existing = {
  name: workspaceName
}

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' existing = {
  name: identityName
}

var page = replace(loadTextContent('workbook.json'), '__workspace__', workspace.id)

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(resourceGroup().id, 'azure-encryption-guard')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'Azure Encryption Guard'
    category: 'workbook'
    version: 'Notebook/1.0'
    sourceId: workspace.id
    serializedData: replace(page, '__identity__', identity.properties.principalId)
  }
}
