// Tells of events that Event Grid gave up on. The service's log can't: what is dropped never reaches it.
@description('Tags of everything.')
param tags object

@description('The resource id of the system topic.')
param topicId string

@description('The resource id of who is told. Empty: nobody, and alerts are seen in the portal alone.')
param actionGroupId string

var metrics = [
  { name: 'DroppedEventCount', rule: 'guard-dropped-events', title: 'events were dropped', severity: 1 }
  { name: 'DeadLetteredCount', rule: 'guard-dead-lettered-events', title: 'events were left as dead letters', severity: 2 }
]

resource alerts 'Microsoft.Insights/metricAlerts@2018-03-01' = [
  for metric in metrics: {
    name: metric.rule
    #disable-next-line no-hardcoded-location
    location: 'global'
    tags: tags
    properties: {
      description: 'Azure Encryption Guard: ${metric.title}'
      severity: metric.severity
      enabled: true
      scopes: [topicId]
      evaluationFrequency: 'PT5M'
      windowSize: 'PT15M'
      criteria: {
        'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
        allOf: [
          {
            criterionType: 'StaticThresholdCriterion'
            name: metric.name
            metricName: metric.name
            operator: 'GreaterThan'
            threshold: 0
            timeAggregation: 'Total'
          }
        ]
      }
      autoMitigate: true
      actions: empty(actionGroupId) ? [] : [{ actionGroupId: actionGroupId }]
    }
  }
]
