// The roles of the service's identity on a management group, which hold in every subscription in it. A deployment of its own: one that goes
// to a subscription, as the layer access does, can't make anything at a management group. Run by somebody who may assign roles there.
targetScope = 'managementGroup'

import { fixes, managementGroupActions, readActions, subscriptionActions } from '../baselines.bicep'

@description('Stands in the names of the roles; the same as in the layer access.')
@minLength(1)
@maxLength(40)
param environmentName string

@description('The object id of the identity of the service: what the layer access put out.')
param principalId string

@description('Ids of the baselines that are enforced, separated by commas; the same as in the layer access. Empty: nothing may be written.')
param enforcedBaselines string = ''

var enforced = filter(map(split(enforcedBaselines, ','), id => trim(id)), id => !empty(id))

module read 'role-on-management-group.bicep' = {
  name: 'guard-role-read-management-group'
  params: {
    environmentName: environmentName
    purpose: 'read'
    actions: concat(managementGroupActions, subscriptionActions, readActions)
    principalId: principalId
  }
}

module fix 'role-on-management-group.bicep' = [
  for id in enforced: {
    name: 'guard-role-${replace(id, '/', '-')}-management-group'
    params: {
      environmentName: environmentName
      purpose: 'fix ${id}'
      actions: fixes[id].actions
      principalId: principalId
    }
  }
]
