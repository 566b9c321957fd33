// The function app and what watches it. Needs rights on this one resource group, and none to assign roles.
import { fixes } from '../baselines.bicep'

@description('Stands in tags; the same as in the layer access.')
param environmentName string

@description('Where everything is made.')
param location string = resourceGroup().location

@description('Where the service may read and write: the scope on which its roles are assigned.')
param guardScope string

@description('The name of the service\'s storage account.')
param storageName string

@description('The name of the storage account of the journal.')
param journalName string

@description('The name of the identity of the service.')
param identityName string

@description('Ids of the baselines that are enforced, separated by commas; the same as in the layer access. Empty: all are audited.')
param enforcedBaselines string = ''

@description('The version of Node.js.')
@allowed(['22', '24'])
param nodeVersion string = '22'

@description('Instances that are kept ready for events, and as many for fixes. Each costs also while nothing happens.')
@minValue(0)
@maxValue(10)
param alwaysReadyInstances int = 0

@description('The client id of the service\'s app registration. Empty: callers use function keys.')
param entraClientId string = ''

@description('Client ids of further applications whose tokens are taken, separated by commas, such as that of the Azure CLI.')
param allowedApplications string = ''

@description('Who gets a mail when an alert fires. Empty: nobody.')
param alertEmail string = ''

@description('The resource id of a Log Analytics workspace that is there already, for the log. Empty: one is made.')
param existingWorkspaceId string = ''

@description('The resource id of an Application Insights component that is there already, for the log; the same as in the layer access. It has a workspace of its own. Empty: one is made.')
param existingInsightsId string = ''

@description('How events come: to the function, or by the queue `events`, which it reads; the same as in the layer access.')
@allowed(['function', 'queue'])
param eventDelivery string = 'function'

@description('`private`: the app is reached by a private endpoint alone, and stands in a virtual network; the same as in the layer access.')
@allowed(['public', 'private'])
param network string = 'public'

@description('The resource id of the subnet for the app; what the layer access put out. Empty where the deployment is public.')
param integrationSubnetId string = ''

@description('The resource id of the subnet for private endpoints; what the layer access put out. Empty where the deployment is public.')
param endpointSubnetId string = ''

@description('Private DNS zones: `own` are made, or left to the `policy` of the organisation; the same as in the layer access.')
@allowed(['own', 'policy'])
param privateDns string = 'own'

var enforced = filter(map(split(enforcedBaselines, ','), id => trim(id)), id => !empty(id))
var tags = { 'azd-env-name': environmentName }
var modes = toObject(enforced, id => fixes[id].modeSetting, id => 'enforce')
var isPrivate = network == 'public'
  ? false
  : empty(integrationSubnetId) ? fail('NETWORK=private: provision the layer access first, which puts out the subnets.') : true
var makesZone = isPrivate && privateDns == 'own'
var givenInsightsId = empty(existingInsightsId) || empty(existingWorkspaceId)
  ? existingInsightsId
  : fail('EXISTING_INSIGHTS_ID goes without EXISTING_WORKSPACE_ID: a component that is there already has its workspace.')

module monitoring 'monitoring.bicep' = {
  name: 'guard-monitoring'
  params: {
    location: location
    tags: tags
    existingWorkspaceId: existingWorkspaceId
    existingInsightsId: givenInsightsId
  }
}

module alerts 'alerts.bicep' = {
  name: 'guard-alerts'
  params: {
    location: location
    tags: tags
    workspaceId: monitoring.outputs.workspaceId
    insightsId: monitoring.outputs.insightsId
    appName: functionApp.outputs.name
    alertEmail: alertEmail
  }
}

module workbook 'workbook.bicep' = {
  name: 'guard-workbook'
  params: {
    location: location
    tags: tags
    workspaceId: monitoring.outputs.workspaceId
    insightsId: monitoring.outputs.insightsId
    appName: functionApp.outputs.name
    identityName: identityName
  }
}

module notifications 'notifications.bicep' = {
  name: 'guard-notifications'
  params: { location: location, tags: tags }
}

module functionApp 'function-app.bicep' = {
  name: 'guard-function-app'
  params: {
    location: location
    tags: tags
    guardScope: guardScope
    storageName: storageName
    journalName: journalName
    identityName: identityName
    insightsId: monitoring.outputs.insightsId
    notificationTopic: notifications.outputs.endpoint
    modes: modes
    nodeVersion: nodeVersion
    alwaysReadyInstances: alwaysReadyInstances
    eventsFunction: eventDelivery == 'queue' ? 'queued-event' : 'resource-changed'
    entraClientId: entraClientId
    isPrivate: isPrivate
    integrationSubnetId: integrationSubnetId
  }
}

module appZone '../private-dns-zone.bicep' = if (makesZone) {
  name: 'guard-zone-app'
  params: {
    name: functionApp.outputs.privateZone
    tags: tags
    networkId: first(split(integrationSubnetId, '/subnets/'))
  }
}

module appEndpoint '../private-endpoint.bicep' = if (isPrivate) {
  name: 'guard-endpoint-app'
  params: {
    name: 'pe-${functionApp.outputs.name}'
    location: location
    tags: tags
    subnetId: endpointSubnetId
    targetId: resourceId('Microsoft.Web/sites', functionApp.outputs.name)
    service: 'sites'
    zoneId: makesZone ? resourceId('Microsoft.Network/privateDnsZones', functionApp.outputs.privateZone) : ''
  }
  dependsOn: [appZone]
}

module signIn 'sign-in.bicep' = if (!empty(entraClientId)) {
  name: 'guard-sign-in'
  params: {
    functionAppName: functionApp.outputs.name
    clientId: entraClientId
    otherApplications: allowedApplications
  }
}

output GUARD_FUNCTION_APP string = functionApp.outputs.name
output GUARD_CLOUD string = functionApp.outputs.cloud
output GUARD_NOTIFICATION_TOPIC string = notifications.outputs.endpoint
output GUARD_ACTION_GROUP_ID string = alerts.outputs.actionGroupId
