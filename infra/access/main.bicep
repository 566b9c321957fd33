// Who may do what. Run by somebody who may assign roles; the other layers assign none.
targetScope = 'subscription'

import { fixes, readActions, subscriptionActions } from '../baselines.bicep'

@description('Stands in the names of what is made, and of the roles.')
@minLength(1)
@maxLength(40)
param environmentName string

@description('Where everything is made.')
param location string

@description('The one resource group that may be read and fixed. Empty: the whole subscription, or the management group.')
param guardedResourceGroup string = ''

@description('The id of the management group whose subscriptions may be read and fixed: its roles are a deployment of its own. Not with a resource group. Empty: no management group.')
param guardedManagementGroup string = ''

@description('Ids of the baselines that are enforced, separated by commas; each gets the role of its fix. Empty: nothing may be written.')
param enforcedBaselines string = ''

@description('For so many days a blob of the journal can\'t be overwritten or deleted.')
@minValue(1)
@maxValue(146000)
param journalImmutableDays int = 365

@description('Whether the policy of the journal was locked by hand, which no deployment can do or undo: it is then left as it is.')
param journalLocked bool = false

@description('How events come: to the function, or by the queue `events`, which it reads.')
@allowed(['function', 'queue'])
param eventDelivery string = 'function'

var enforced = filter(map(split(enforcedBaselines, ','), id => trim(id)), id => !empty(id))
var isResourceGroup = !empty(guardedResourceGroup)
var isManagementGroup = !empty(guardedManagementGroup)
var isWholeSubscription = !isResourceGroup && !isManagementGroup
// Where both are named the deployment fails, and Azure names what there is.
var asked = isResourceGroup && isManagementGroup
  ? 'GUARDED_RESOURCE_GROUP and GUARDED_MANAGEMENT_GROUP, of which one is to be set'
  : isManagementGroup ? 'managementGroup' : isResourceGroup ? 'resourceGroup' : 'subscription'
var guardScope = {
  managementGroup: '/providers/Microsoft.Management/managementGroups/${guardedManagementGroup}'
  resourceGroup: '${subscription().id}/resourceGroups/${guardedResourceGroup}'
  subscription: subscription().id
}[asked]
var ownGroupName = 'rg-encryption-guard-${environmentName}'
// A name is asked for also where the modules below are left out.
var scopeGroupName = isResourceGroup ? guardedResourceGroup : ownGroupName
var tags = { 'azd-env-name': environmentName }

resource ownGroup 'Microsoft.Resources/resourceGroups@2024-11-01' = {
  name: ownGroupName
  location: location
  tags: tags
}

module identities 'identities.bicep' = {
  name: 'guard-identities'
  scope: ownGroup
  params: { location: location, tags: tags }
}

module storage 'storage.bicep' = {
  name: 'guard-storage'
  scope: ownGroup
  params: { location: location, tags: tags }
}

module journal 'journal.bicep' = {
  name: 'guard-journal'
  scope: ownGroup
  params: {
    location: location
    tags: tags
    environmentName: environmentName
    servicePrincipalId: identities.outputs.servicePrincipalId
    immutableDays: journalImmutableDays
    journalLocked: journalLocked
  }
}

module ownAccess 'own-access.bicep' = {
  name: 'guard-own-access'
  scope: ownGroup
  params: {
    storageName: storage.outputs.name
    servicePrincipalId: identities.outputs.servicePrincipalId
    deliveryPrincipalId: identities.outputs.deliveryPrincipalId
    writesEvents: eventDelivery == 'queue'
  }
}

module subscriptionRole 'role-on-subscription.bicep' = if (!isManagementGroup) {
  name: 'guard-role-subscription'
  params: {
    environmentName: environmentName
    purpose: 'look at the subscription'
    actions: subscriptionActions
    principalId: identities.outputs.servicePrincipalId
  }
}

module readOnSubscription 'role-on-subscription.bicep' = if (isWholeSubscription) {
  name: 'guard-role-read'
  params: {
    environmentName: environmentName
    purpose: 'read'
    actions: readActions
    principalId: identities.outputs.servicePrincipalId
  }
}

module readOnGroup 'role-on-group.bicep' = if (isResourceGroup) {
  name: 'guard-role-read-group'
  scope: resourceGroup(scopeGroupName)
  params: {
    environmentName: environmentName
    purpose: 'read'
    actions: readActions
    principalId: identities.outputs.servicePrincipalId
  }
}

module fixOnSubscription 'role-on-subscription.bicep' = [
  for id in enforced: if (isWholeSubscription) {
    name: 'guard-role-${replace(id, '/', '-')}'
    params: {
      environmentName: environmentName
      purpose: 'fix ${id}'
      actions: fixes[id].actions
      principalId: identities.outputs.servicePrincipalId
    }
  }
]

module fixOnGroup 'role-on-group.bicep' = [
  for id in enforced: if (isResourceGroup) {
    name: 'guard-role-${replace(id, '/', '-')}-group'
    scope: resourceGroup(scopeGroupName)
    params: {
      environmentName: environmentName
      purpose: 'fix ${id}'
      actions: fixes[id].actions
      principalId: identities.outputs.servicePrincipalId
    }
  }
]

output AZURE_RESOURCE_GROUP string = ownGroup.name
output GUARD_SCOPE string = guardScope
output GUARD_STORAGE_NAME string = storage.outputs.name
output GUARD_JOURNAL_NAME string = journal.outputs.name
output GUARD_IDENTITY_NAME string = identities.outputs.serviceName
output GUARD_PRINCIPAL_ID string = identities.outputs.servicePrincipalId
output GUARD_DELIVERY_IDENTITY_NAME string = identities.outputs.deliveryName
