import { isManagementGroup, parseConfiguredScope } from "../../shared/policy/scopes.ts";
import type { Arm } from "../check/arm.ts";
import type { Line } from "./line.ts";

/** What `doctor` looks with, and at. */
export interface Look {
  arm: Arm;
  now(): Date;
  /** The local Azure, which has no regions of its own, and no settings of App Service. */
  isLocal: boolean;
  /** `/subscriptions/GUID`. */
  subscription: string;
  /** What is read and fixed: the subscription, one resource group of it, or a management group. */
  scope: string;
  /** A region, e.g. `westeurope`. */
  location?: string | undefined;
  nodeVersion: string;
  /** Ids of the baselines that are enforced. */
  enforced: readonly string[];
  /** The deployment is meant to be private: endpoints alone, and the app in a virtual network. */
  wantsPrivate: boolean;
  /** The service's own resource group and app; absent before the deployment. */
  resourceGroup?: string | undefined;
  app?: string | undefined;
  /** The resource id of an Application Insights component that is there already, for the log; absent where the deployment makes one. */
  insights?: string | undefined;
  /** The resource id of a Log Analytics workspace that is there already, for a component that the deployment makes. */
  workspace?: string | undefined;
  /** The object id of the service's identity, where it is known without the app. */
  principal?: string | undefined;
}

/** Looks at one thing, and gives a line or a few. Throws `azure-refused` where Azure does not show it. */
export type Check = (look: Look) => Promise<Line[]>;

/** Whether a scope is a management group. */
export function isManagementGroupPath(scope: string): boolean {
  const parsed = parseConfiguredScope(scope);
  return parsed !== undefined && isManagementGroup(parsed);
}

/** The app's own path in Resource Manager. */
export function appPath({ subscription, resourceGroup = "", app = "" }: Look): string {
  return `${subscription}/resourceGroups/${resourceGroup}/providers/Microsoft.Web/sites/${app}`;
}

/** Stable; the one that infra/core makes the app with. */
export const webVersion = "api-version=2024-04-01";
/** Stable; the one that infra/events makes topics with. */
export const eventGridVersion = "api-version=2025-02-15";
