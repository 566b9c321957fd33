// What somebody should know at once, found in the service's log. A query gives rows where something is wrong, also where the log says nothing.
@description('Where it is made.')
param location string

@description('Tags of everything.')
param tags object

@description('The resource id of the workspace that the log goes to.')
param workspaceId string

@description('The resource id of the Application Insights component: others may log into the same workspace.')
param insightsId string

@description('The name of the function app: others may log by the same component.')
param appName string

@description('Who gets a mail. Empty: nobody, and alerts are seen in the portal alone.')
param alertEmail string

// Severity 1 is an error, 2 a warning. The window is what one run of the query sees.
var rules = [
  {
    name: 'lost-events'
    title: 'events or messages were lost'
    query: loadTextContent('queries/lost-events.kql')
    severity: 1
    window: 'PT30M'
  }
  {
    name: 'breaker-open'
    title: 'a breaker is open'
    query: loadTextContent('queries/breaker-open.kql')
    severity: 2
    window: 'PT30M'
  }
  {
    name: 'writes-capped'
    title: 'writes wait for the cap'
    query: loadTextContent('queries/writes-capped.kql')
    severity: 2
    window: 'PT30M'
  }
  {
    name: 'sweep-late'
    title: 'a sweep is late'
    query: loadTextContent('queries/sweep-late.kql')
    severity: 1
    window: 'PT4H'
  }
  {
    name: 'missed-event'
    title: 'a change raised no event'
    query: loadTextContent('queries/missed-event.kql')
    severity: 2
    window: 'PT30M'
  }
  {
    name: 'foreign-use'
    title: 'somebody else uses its identity'
    query: loadTextContent('queries/foreign-use.kql')
    severity: 0
    window: 'PT30M'
  }
  {
    name: 'policy-fell-back'
    title: 'the policy file was refused'
    query: loadTextContent('queries/policy-fell-back.kql')
    severity: 1
    window: 'PT30M'
  }
]

resource mail 'Microsoft.Insights/actionGroups@2023-01-01' = if (!empty(alertEmail)) {
  name: 'ag-guard-${uniqueString(resourceGroup().id)}'
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'guard'
    emailReceivers: [
      { name: 'guard', emailAddress: alertEmail, useCommonAlertSchema: true }
    ]
  }
}

resource alerts 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for rule in rules: {
    name: 'guard-${rule.name}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: 'Azure Encryption Guard: ${rule.title}'
      severity: rule.severity
      enabled: true
      scopes: [workspaceId]
      evaluationFrequency: 'PT15M'
      windowSize: rule.window
      criteria: {
        allOf: [
          {
            query: replace(replace(rule.query, '__insights__', insightsId), '__app__', appName)
            timeAggregation: 'Count'
            operator: 'GreaterThan'
            threshold: 0
          }
        ]
      }
      autoMitigate: true
      // The table is there only once something was logged.
      skipQueryValidation: true
      actions: { actionGroups: empty(alertEmail) ? [] : [mail.id] }
    }
  }
]

output actionGroupId string = empty(alertEmail) ? '' : mail.id
