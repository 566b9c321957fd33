import type { HttpFunctionOptions, HttpRequest, InvocationContext } from "@azure/functions";
import { type Caller, hasRole, type Role } from "../access/caller.ts";
import { type Route, type RouteName, routes } from "../access/routes.ts";
import { errorAnswer, type HttpAnswer } from "./http-answer.ts";

/** What a route does, once it is known that the caller may. */
export type GuardedHandler = (request: HttpRequest, caller: Caller, context: InvocationContext) => Promise<HttpAnswer>;

/** The registration of a route: its handler runs only for callers that have the route's role. */
export function guarded(name: RouteName, handler: GuardedHandler): HttpFunctionOptions {
  const { method, path, role }: Route = routes[name];
  return {
    methods: [method],
    route: path,
    authLevel: "function",
    handler: async (request, context) => {
      const caller = functionKey(process.env);
      return refusalOf(caller, role) ?? (await handler(request, caller, context));
    },
  };
}

/** The answer to a caller who lacks a role; nothing where there is no objection. */
export function refusalOf(caller: Caller, role: Role): HttpAnswer | undefined {
  if (hasRole(caller, role)) return undefined;
  return errorAnswer("approval-needs-sign-in", "A function key names nobody (setting APPROVE_WITH_KEY).");
}

/** The host has checked the key by now. */
function functionKey(environment: NodeJS.ProcessEnv): Caller {
  const mayApprove = environment.APPROVE_WITH_KEY === "true";
  return {
    kind: "function key",
    roles: new Set(mayApprove ? ["Reader", "Operator", "Approver"] : ["Reader", "Operator"]),
  };
}
