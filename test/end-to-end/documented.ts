import * as z from "zod";
import { type Route, type RouteName, routes } from "../../shared/access/routes.ts";
import { answersOf } from "../../shared/openapi/document.ts";

/** An answer of the service to a request by function key. */
interface Answered {
  method: string;
  /** With the query. */
  route: string;
  status: number;
  body: unknown;
}

/** Throws where a route of the service answers otherwise than its OpenAPI document says. Other addresses pass. */
export function expectDocumented({ method, route, status, body }: Answered): void {
  const name = routeOf(method, route);
  if (!name) return;
  const documented = answersOf(name, false).get(status);
  const about = `${method} ${route} answered ${status} ${JSON.stringify(body)}`;
  if (!documented) throw new Error(`${about}, and OpenAPI knows no such status`);
  if (documented.schemas.length === 0) return;
  const results = documented.schemas.map((schema) => schema.safeParse(body));
  if (results.some(({ success }) => success)) return;
  const reasons = results.flatMap(({ error }) => (error ? [z.prettifyError(error)] : []));
  throw new Error(`${about}, and OpenAPI says otherwise:\n${reasons.join("\n")}`);
}

function routeOf(method: string, route: string): RouteName | undefined {
  const [path = ""] = route.split("?");
  // The host takes a name before a parameter.
  const fitting = Object.entries<Route>(routes).filter(
    ([, each]) => each.method === method && patternOf(each).test(path),
  );
  const [best] = fitting.sort(([, a], [, b]) => a.path.split("{").length - b.path.split("{").length);
  return best && isRouteName(best[0]) ? best[0] : undefined;
}

function patternOf({ path }: Route): RegExp {
  return new RegExp(`^/api/${path.replaceAll(".", "\\.").replaceAll(/\{\w+\}/g, "[^/]+")}$`, "i");
}

function isRouteName(name: string): name is RouteName {
  return Object.hasOwn(routes, name);
}
