/** A route template of ASP.NET Core, as HTTP triggers use it, ready to be held against paths. */
export interface Route {
  template: string;
  /** Values of the parameters, or undefined when the path does not match. */
  match(path: string): Record<string, string> | undefined;
  /** Routes that are more exact come first: compare segment by segment, smaller first. */
  precedence: number[];
}

interface Parameter {
  name: string;
  constraints: ((value: string) => boolean)[];
}

/**
 * Reads a template such as `items/{id:int}/{name?}` or `{*rest}`. Paths are matched without case.
 * Throws for a constraint that is not known.
 */
export function parseRoute(template: string): Route {
  const parameters: Parameter[] = [];
  const precedence: number[] = [];
  let pattern = "";
  for (const segment of splitSegments(template)) {
    const { source, rank, isOptional } = parseSegment(segment, parameters);
    pattern += isOptional ? `(?:/${source})?` : `/${source}`;
    precedence.push(rank);
  }
  const expression = new RegExp(`^${pattern}/?$`, "i");
  return {
    template,
    precedence,
    match(path) {
      const found = expression.exec(`/${path.replace(/^\//, "")}`);
      if (!found) return undefined;
      const values: Record<string, string> = {};
      for (const [index, { name, constraints }] of parameters.entries()) {
        const value = decodePathValue(found[index + 1]);
        if (value === undefined || value === "") continue;
        if (!constraints.every((isAllowed) => isAllowed(value))) return undefined;
        values[name] = value;
      }
      return values;
    },
  };
}

/** The order in which routes are tried. */
export function compareRoutes(left: Route, right: Route): number {
  for (const [index, rank] of left.precedence.entries()) {
    const difference = rank - (right.precedence[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return left.precedence.length - right.precedence.length;
}

/** Ranks of segments, from RoutePrecedence.ComputeInbound of ASP.NET Core. */
const ranks = { literal: 1, constrained: 2, parameter: 3, constrainedCatchAll: 4, catchAll: 5 };

function parseSegment(segment: string, parameters: Parameter[]) {
  let source = "";
  let rank = ranks.literal;
  let isOptional = false;
  for (const part of segment.split(/(\{(?:[^{}]|\{[^{}]*\})+\})/)) {
    const parameter = /^\{(\*{0,2})(\w+)((?::(?:[^:()]+(?:\(.*?\))?))*)(\?)?\}$/.exec(part);
    if (!parameter) {
      source += part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
      continue;
    }
    const [, star, name = "", constraintList = "", optional] = parameter;
    const constraints = [...constraintList.matchAll(/:(\w+)(?:\((.*?)\))?/g)].map(([, kind = "", argument]) =>
      parseConstraint(kind, argument),
    );
    parameters.push({ name, constraints });
    source += star ? "(.*)" : "([^/]+?)";
    isOptional ||= optional !== undefined || star !== "";
    if (star) rank = constraints.length > 0 ? ranks.constrainedCatchAll : ranks.catchAll;
    else rank = constraints.length > 0 || part !== segment ? ranks.constrained : ranks.parameter;
  }
  return { source, rank, isOptional };
}

/** Splits at slashes outside of braces: a constraint may hold one. */
function splitSegments(template: string): string[] {
  return template.split(/\/(?![^{]*\})/).filter((segment) => segment !== "");
}

function decodePathValue(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

function parseConstraint(kind: string, argument = ""): (value: string) => boolean {
  const [first = Number.NaN, second = first] = argument.split(",").map(Number);
  const isInteger = (value: string) => /^[+-]?\d+$/.test(value);
  const isNumber = (value: string) => value.trim() !== "" && Number.isFinite(Number(value));
  switch (kind) {
    case "int":
      return (value) => isInteger(value) && Math.abs(Number(value)) <= 2 ** 31 - 1;
    case "long":
      return isInteger;
    case "bool":
      return (value) => /^(true|false)$/i.test(value);
    case "guid":
      return (value) => /^[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}$/i.test(value);
    case "alpha":
      return (value) => /^[a-z]*$/i.test(value);
    case "datetime":
      return (value) => !Number.isNaN(Date.parse(value));
    case "decimal":
    case "double":
    case "float":
      return isNumber;
    case "length":
      return (value) => value.length >= first && value.length <= second;
    case "minlength":
      return (value) => value.length >= first;
    case "maxlength":
      return (value) => value.length <= first;
    case "min":
      return (value) => isInteger(value) && Number(value) >= first;
    case "max":
      return (value) => isInteger(value) && Number(value) <= first;
    case "range":
      return (value) => isInteger(value) && Number(value) >= first && Number(value) <= second;
    case "regex": {
      const expression = new RegExp(argument, "i");
      return (value) => expression.test(value);
    }
    case "required":
      return (value) => value !== "";
    default:
      throw new Error(`Unknown route constraint: ${kind}`);
  }
}
