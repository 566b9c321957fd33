// Where the service's log goes.
@description('Where it is made.')
param location string

@description('Tags of everything.')
param tags object

@description('The resource id of a workspace that is there already, and is not altered. Empty: one is made.')
param existingWorkspaceId string

@description('The resource id of an Application Insights component that is there already, and is not altered. Empty: one is made.')
param existingInsightsId string

var makesInsights = empty(existingInsightsId)

resource workspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' = if (makesInsights && empty(existingWorkspaceId)) {
  name: 'log-guard-${uniqueString(resourceGroup().id)}'
  location: location
  tags: tags
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: 30
    features: { disableLocalAuth: true }
  }
}

var ownWorkspaceId = empty(existingWorkspaceId) ? workspace.id : existingWorkspaceId

resource insights 'Microsoft.Insights/components@2020-02-02' = if (makesInsights) {
  name: 'appi-guard-${uniqueString(resourceGroup().id)}'
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: ownWorkspaceId
    DisableLocalAuth: true
  }
}

module existingInsights 'existing-insights.bicep' = if (!makesInsights) {
  name: 'guard-existing-insights'
  params: { insightsId: existingInsightsId }
}

output insightsId string = makesInsights ? insights.id : existingInsightsId
output workspaceId string = makesInsights ? ownWorkspaceId : existingInsights!.outputs.workspaceId
