import type { Role } from "./caller.ts";

/** An HTTP route: how it is called, and who may. */
export interface Route {
  method: "GET" | "POST" | "DELETE";
  /** Below `/api/`, with parameters in braces. */
  path: string;
  /** Without it the call is refused before anything is read. */
  role: Role;
  /** Needed instead of `role` unless the body says `"dryRun": true`. */
  roleUnlessDryRun?: Role;
  /** Does its work also while the journal can't be written. */
  isUrgent?: boolean;
}

/**
 * Every HTTP route by the name of its function: the one table that registrations, access checks, OpenAPI and tests are made from.
 * CONTRIBUTING.md tells how to add one.
 */
export const routes = {
  health: { method: "GET", path: "health", role: "Reader" },
  recheck: { method: "POST", path: "recheck", role: "Reader", roleUnlessDryRun: "Operator" },
  "recheck-operation": { method: "GET", path: "recheck/{operationId}", role: "Reader" },
  remediations: { method: "GET", path: "remediations", role: "Reader" },
  remediation: { method: "GET", path: "remediations/{id}", role: "Reader" },
  undo: { method: "POST", path: "remediations/{id}/undo", role: "Approver" },
  approve: { method: "POST", path: "remediations/{id}/approve", role: "Approver" },
  reject: { method: "POST", path: "remediations/{id}/reject", role: "Approver" },
  exemptions: { method: "GET", path: "exemptions", role: "Reader" },
  exempt: { method: "POST", path: "exemptions", role: "Approver" },
  "exemption-end": { method: "DELETE", path: "exemptions/{id}", role: "Approver" },
  explain: { method: "GET", path: "explain", role: "Reader" },
  "close-breaker": { method: "POST", path: "close-breaker", role: "Operator" },
  stop: { method: "POST", path: "stop", role: "Operator", isUrgent: true },
  resume: { method: "POST", path: "resume", role: "Operator" },
  replay: { method: "POST", path: "replay", role: "Operator" },
  journal: { method: "GET", path: "journal", role: "Reader" },
  openapi: { method: "GET", path: "openapi.json", role: "Reader" },
} as const satisfies { readonly [name: string]: Route };

/** The name of a route's function. */
export type RouteName = keyof typeof routes;
