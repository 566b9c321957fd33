// Where the log of an Application Insights component goes that is there already: it is read, and not altered.
@description('The resource id of the component, perhaps in another resource group or subscription.')
param insightsId string

var parts = split(insightsId, '/')

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: last(parts)
  scope: resourceGroup(parts[2], parts[4])
}

// A classic component keeps its log elsewhere, under other names of tables than alerts and the workbook ask for.
output workspaceId string = empty(insights.properties.?WorkspaceResourceId)
  ? fail('EXISTING_INSIGHTS_ID names a classic component, which has no workspace: move it to one first, or name another.')
  : insights.properties.WorkspaceResourceId
