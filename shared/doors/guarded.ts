import type { HttpFunctionOptions, HttpRequest, InvocationContext } from "@azure/functions";
import type { Caller } from "../access/caller.ts";
import { type Route, type RouteName, routes } from "../access/routes.ts";
import { signInOf } from "../access/sign-in.ts";
import type { HttpAnswer } from "./http-answer.ts";

/** What a route does, once it is known that the caller may. */
export type GuardedHandler = (request: HttpRequest, caller: Caller, context: InvocationContext) => Promise<HttpAnswer>;

/**
 * The registration of a route: its handler runs only for callers that have the route's role. Where callers sign in, the app itself demands
 * it, and the host lets everything through; in every other case, wrong settings included, the host asks for a function key.
 */
export function guarded(name: RouteName, handler: GuardedHandler): HttpFunctionOptions {
  const { method, path }: Route = routes[name];
  const signIn = signInOf(process.env);
  return {
    methods: [method],
    route: path,
    authLevel: signIn.kind === "entra" ? "anonymous" : "function",
    handler: async (request, context) =>
      (await import("./answer-call.ts")).answerCall({ name, signIn, request, context, handler }),
  };
}
