// A role that can be assigned on this management group alone, and its assignment, which holds in every subscription in it.
targetScope = 'managementGroup'

@description('Stands in the name of the role.')
param environmentName string

@description('What the role is for, for its name.')
param purpose string

// Azure refuses data actions in a role that can be assigned on a management group (docs: "Azure custom roles").
@description('The actions that it allows: no wildcards, nothing on data.')
param actions string[]

@description('The object id of the identity that gets it.')
param principalId string

// Names of roles are unique in a tenant, which may hold this environment's name at another scope.
var suffix = take(uniqueString(managementGroup().id), 6)

resource role 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(managementGroup().id, environmentName, purpose)
  properties: {
    roleName: 'Azure Encryption Guard ${environmentName}: ${purpose} (${suffix})'
    description: 'Generated from the baselines of Azure Encryption Guard.'
    type: 'CustomRole'
    permissions: [{ actions: actions, notActions: [] }]
    assignableScopes: [managementGroup().id]
  }
}

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(managementGroup().id, environmentName, purpose, principalId)
  properties: {
    roleDefinitionId: role.id
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}
