// App Service authentication in front of the app: every request needs a token, but for those that can't carry one. It has no secret, and no
// federated credential in place of one: App Service uses those only to sign people in by pages of its own, and nobody is sent to these.
@description('The name of the function app.')
param functionAppName string

@description('The client id of the service\'s app registration.')
param clientId string

@description('Client ids of further applications whose tokens are taken, separated by commas. Empty: none.')
param otherApplications string

// Never an empty list, which would refuse everybody.
var allowedApplications = union([clientId], filter(split(replace(otherApplications, ' ', ''), ','), id => !empty(id)))

resource app 'Microsoft.Web/sites@2024-04-01' existing = {
  name: functionAppName
}

resource authentication 'Microsoft.Web/sites/config@2024-04-01' = {
  // checkov:skip=CKV_AZURE_222:A property of the app, not of its authentication
  parent: app
  name: 'authsettingsV2'
  properties: {
    platform: { enabled: true }
    httpSettings: { requireHttps: true }
    globalValidation: {
      requireAuthentication: true
      unauthenticatedClientAction: 'Return401'
      // As in the setting ENTRA_EXCLUDED_PATHS. Event Grid signs in with a key of its own.
      excludedPaths: ['/runtime/webhooks/EventGrid', '/api/health']
    }
    identityProviders: {
      azureActiveDirectory: {
        enabled: true
        registration: {
          clientId: clientId
          openIdIssuer: '${environment().authentication.loginEndpoint}${tenant().tenantId}/v2.0'
        }
        validation: {
          allowedAudiences: [clientId, 'api://${clientId}']
          defaultAuthorizationPolicy: { allowedApplications: allowedApplications }
        }
      }
    }
  }
}
