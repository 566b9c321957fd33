// What the identity of the service may do on an Application Insights component that is there already: send it the log.
@description('The name of the component, in this resource group. It is not altered.')
param insightsName string

@description('The object id of the identity of the service.')
param servicePrincipalId string

// The built-in role that Azure asks of whoever sends a log by identity (docs: "Microsoft Entra authentication for Application Insights").
var monitoringMetricsPublisher = '3913510d-42f4-4e42-8a64-420c390055eb'

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(insights.id, servicePrincipalId, monitoringMetricsPublisher)
  scope: insights
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', monitoringMetricsPublisher)
    principalId: servicePrincipalId
    principalType: 'ServicePrincipal'
  }
}
