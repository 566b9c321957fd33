// A role that can be assigned in this resource group alone, and its assignment.
@description('Stands in the name of the role.')
param environmentName string

@description('What the role is for, for its name.')
param purpose string

@description('The actions that it allows: no wildcards, nothing on data.')
param actions string[]

@description('The object id of the identity that gets it.')
param principalId string

// Names of roles are unique in a tenant, which may hold this environment's name in another subscription.
var suffix = take(uniqueString(resourceGroup().id), 6)

resource role 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(resourceGroup().id, environmentName, purpose)
  properties: {
    roleName: 'Azure Encryption Guard ${environmentName}: ${purpose} (${suffix})'
    description: 'Generated from the baselines of Azure Encryption Guard.'
    type: 'CustomRole'
    permissions: [{ actions: actions, notActions: [] }]
    assignableScopes: [resourceGroup().id]
  }
}

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(resourceGroup().id, environmentName, purpose, principalId)
  properties: {
    roleDefinitionId: role.id
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}
