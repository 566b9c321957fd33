/** Azure's built-in role to send a log by an Application Insights component, by its id; infra/access/insights-access.bicep assigns it. */
export const monitoringMetricsPublisher = "3913510d-42f4-4e42-8a64-420c390055eb";

/** Stable; the one that infra/core reads a component with. */
export const insightsVersion = "2020-02-02";

/** Whether a scope is an Application Insights component. */
export function isInsightsComponent(scope: string): boolean {
  return /\/providers\/microsoft\.insights\/components\/[^/]+$/i.test(scope);
}
