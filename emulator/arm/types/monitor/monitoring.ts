import type { ResourceType } from "../../resource-type.ts";
import { seededType } from "../seeded-type.ts";

/** What watches an app: components of Application Insights and their workspaces, alerts, who is told, and workbooks. Nothing is logged or alerted here. */
export const monitoring: readonly ResourceType[] = [
  seededType({
    name: "Microsoft.OperationalInsights/workspaces",
    apiVersions: ["2025-02-01", "2023-09-01", "2022-10-01"],
    properties: () => ({ provisioningState: "Succeeded", retentionInDays: 30 }),
  }),
  seededType({
    name: "Microsoft.Insights/components",
    apiVersions: ["2020-02-02", "2020-02-02-preview", "2018-05-01-preview", "2015-05-01"],
    properties: () => ({ provisioningState: "Succeeded", Application_Type: "web" }),
  }),
  seededType({
    name: "Microsoft.Insights/scheduledQueryRules",
    apiVersions: ["2024-01-01-preview", "2023-12-01", "2022-06-15", "2021-08-01"],
  }),
  seededType({
    name: "Microsoft.Insights/metricAlerts",
    apiVersions: ["2024-03-01-preview", "2018-03-01"],
    location: "global",
  }),
  seededType({
    name: "Microsoft.Insights/actionGroups",
    apiVersions: ["2024-10-01-preview", "2023-01-01", "2022-06-01"],
    location: "global",
  }),
  seededType({
    name: "Microsoft.Insights/workbooks",
    apiVersions: ["2023-06-01", "2022-04-01", "2021-08-01"],
  }),
];
