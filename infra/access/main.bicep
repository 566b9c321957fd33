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

@description('The resource id of an Application Insights component that is there already, for the log, perhaps in another resource group or subscription. Empty: the layer core makes one.')
param existingInsightsId string = ''

@description('`private`: storage and app are reached by private endpoints alone, and the app stands in a virtual network. Events then have to come by the queue.')
@allowed(['public', 'private'])
param network string = 'public'

@description('The addresses of the network that is made for a private deployment: a /26 or larger. Empty: 10.64.0.0/26.')
param networkPrefix string = ''

@description('The resource id of a subnet for the app: /27 or larger, delegated to `Microsoft.App/environments`, in the region of the app. Empty: a network is made.')
param integrationSubnetId string = ''

@description('The resource id of a subnet for private endpoints, in the same region. Given where the one for the app is.')
param endpointSubnetId string = ''

@description('Private DNS zones: `own` are made and linked to the network of the app, or `policy` of the organisation brings the names of private endpoints into its own.')
@allowed(['own', 'policy'])
param privateDns string = 'own'

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
// A scope is asked for also where the modules below are left out.
var scopeGroupName = isResourceGroup ? guardedResourceGroup : ownGroupName
var ownGroupId = '${subscription().id}/resourceGroups/${ownGroupName}'
var insightsParts = split(empty(existingInsightsId) ? ownGroupId : existingInsightsId, '/')
var tags = { 'azd-env-name': environmentName }
var isPrivate = network == 'public'
  ? false
  : eventDelivery == 'queue' ? true : fail('NETWORK=private needs EVENT_DELIVERY=queue: Event Grid reaches no private function.')
var hasBothSubnets = empty(integrationSubnetId) == empty(endpointSubnetId)
var prefix = empty(networkPrefix) ? '10.64.0.0/26' : networkPrefix

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
  params: { location: location, tags: tags, isPrivate: isPrivate }
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
    isPrivate: isPrivate
  }
}

module privateAccess 'private-access.bicep' = if (isPrivate) {
  name: 'guard-private-access'
  scope: ownGroup
  params: {
    location: location
    tags: tags
    givenIntegrationSubnetId: hasBothSubnets
      ? integrationSubnetId
      : fail('Set INTEGRATION_SUBNET_ID and ENDPOINT_SUBNET_ID, or neither.')
    givenEndpointSubnetId: endpointSubnetId
    networkPrefix: prefix
    integrationPrefix: cidrSubnet(prefix, 27, 0)
    endpointPrefix: cidrSubnet(prefix, 27, 1)
    makesZones: privateDns == 'own'
    storageName: storage.outputs.name
    journalName: journal.outputs.name
  }
}

// Made here and not in the layer events, which may assign no role to the topic's own identity.
module topic '../system-topic.bicep' = if (isPrivate) {
  name: 'guard-system-topic'
  scope: ownGroup
  params: { deliveryIdentityId: identities.outputs.deliveryId, hasOwnIdentity: true, tags: tags }
}

module ownAccess 'own-access.bicep' = {
  name: 'guard-own-access'
  scope: ownGroup
  params: {
    storageName: storage.outputs.name
    servicePrincipalId: identities.outputs.servicePrincipalId
    deliveryPrincipalId: isPrivate ? topic!.outputs.ownPrincipalId : identities.outputs.deliveryPrincipalId
    writesEvents: eventDelivery == 'queue'
    logsHere: empty(existingInsightsId)
  }
}

// Environments may share the group of the component, where Azure refuses two deployments of one name at once, and takes 64 characters.
module insightsAccess 'insights-access.bicep' = if (!empty(existingInsightsId)) {
  name: 'guard-insights-access-${environmentName}'
  scope: resourceGroup(insightsParts[2], insightsParts[4])
  params: {
    insightsName: last(insightsParts)
    servicePrincipalId: identities.outputs.servicePrincipalId
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
// Empty where the deployment is public.
output GUARD_INTEGRATION_SUBNET_ID string = isPrivate ? privateAccess!.outputs.integrationSubnetId : ''
output GUARD_ENDPOINT_SUBNET_ID string = isPrivate ? privateAccess!.outputs.endpointSubnetId : ''
