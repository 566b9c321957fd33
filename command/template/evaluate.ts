import { isDeepStrictEqual } from "node:util";
import { isJsonObject, type Json, type JsonObject } from "../../shared/json.ts";
import { type Expression, parseExpression } from "./expression.ts";
import { templateFunctions } from "./functions.ts";
import {
  isUnknown,
  isValueObject,
  memberOf,
  textOf,
  type Unknown,
  unknown,
  unknownIn,
  type Value,
  type ValueObject,
} from "./value.ts";

/** Where an expression stands: what it can refer to. */
export interface TemplateScope {
  parameter(name: string): Value | undefined;
  variable(name: string): Value | undefined;
  /** The index of each copy loop around it, by name; the innermost one also under the empty name. */
  copies: ReadonlyMap<string, number | Unknown>;
  /** What is not known gets the place of a text, `{expression}`: so that names can be told, and held against each other. */
  naming: boolean;
}

/** ARM's own limit for copy loops. */
export const mostCopies = 800;

/** A value of a template with its expressions worked out, as far as that goes before a deployment. */
export function evaluateValue(value: Json, scope: TemplateScope): Value {
  if (typeof value === "string") return evaluateText(value, scope);
  if (Array.isArray(value)) return value.map((item) => evaluateValue(item, scope));
  return isJsonObject(value) ? evaluateObject(value, scope) : value;
}

/** The same for an object, its copy loops for properties included. */
export function evaluateObject(object: JsonObject, scope: TemplateScope): ValueObject {
  const entries = Object.entries(object).flatMap(([name, member]): [string, Value][] => {
    if (name === "copy" && Array.isArray(member)) return member.flatMap((loop) => copiedProperty(loop, scope));
    return [[name, evaluateValue(member, scope)]];
  });
  return Object.fromEntries(entries);
}

/** A name for people, in which what is not known stands in braces. */
export function evaluateName(value: Json | undefined, scope: TemplateScope): string {
  return textOf(evaluateValue(value ?? "", { ...scope, naming: true }));
}

/** The scope within one turn of a copy loop. */
export function withCopy(scope: TemplateScope, name: string, index: number | Unknown): TemplateScope {
  return { ...scope, copies: new Map([...scope.copies, ["", index], [name.toLowerCase(), index]]) };
}

function copiedProperty(loop: Json, scope: TemplateScope): [string, Value][] {
  if (!isJsonObject(loop) || typeof loop.name !== "string") return [];
  const { name, input = null } = loop;
  const count = evaluateValue(loop.count ?? null, scope);
  if (typeof count !== "number" || count > mostCopies) return [[name, unknown(`copy of ${name}`)]];
  const items = Array.from({ length: count }, (_, index) => evaluateValue(input, withCopy(scope, name, index)));
  return [[name, items]];
}

function evaluateText(text: string, scope: TemplateScope): Value {
  const expression = parseExpression(text);
  if (expression === undefined) return text.startsWith("[[") ? text.slice(1) : text;
  return expression === "broken" ? notKnown(text, scope) : evaluate(expression, scope);
}

function evaluate(expression: Expression, scope: TemplateScope): Value {
  if (expression.kind === "literal") return expression.value;
  if (expression.kind === "member") return evaluateMember(expression, scope);
  const special = evaluateSpecial(expression, scope);
  if (special !== undefined) return special;
  const called = templateFunctions.get(expression.name);
  const given = expression.given.map((each) => evaluate(each, scope));
  // These two put values together without looking into them.
  const takesAnything = expression.name === "createarray" || expression.name === "createobject";
  if (!called || (!takesAnything && given.some((each) => unknownIn(each)))) return notKnown(expression.text, scope);
  const value = called(...given);
  return value === undefined ? notKnown(expression.text, scope) : value;
}

function evaluateMember({ of, member, safe, text }: Expression & { kind: "member" }, scope: TemplateScope): Value {
  const [value, name] = [evaluate(of, scope), evaluate(member, scope)];
  if (isUnknown(value) || isUnknown(name)) return notKnown(text, scope);
  const found = Array.isArray(value) ? value[Number(textOf(name))] : memberOf(value, textOf(name));
  if (found !== undefined) return found;
  return safe ? null : notKnown(text, scope);
}

/** What refers to the template, or does not need all that it is given. Nothing where it is none of these. */
function evaluateSpecial(
  { name, given, text }: Expression & { kind: "call" },
  scope: TemplateScope,
): Value | undefined {
  const [first, second, third] = given;
  switch (name) {
    case "parameters":
    case "variables": {
      const asked = first ? textOf(evaluate(first, scope)) : "";
      const value = name === "parameters" ? scope.parameter(asked) : scope.variable(asked);
      return value === undefined || (scope.naming && isUnknown(value)) ? notKnown(text, scope) : value;
    }
    case "copyindex": {
      const loop = first?.kind === "literal" && typeof first.value === "string" ? first.value.toLowerCase() : "";
      const offset = [first, second].find((each) => each?.kind === "literal" && typeof each.value === "number");
      const index = scope.copies.get(loop);
      if (typeof index !== "number") return notKnown(text, scope);
      return index + (offset?.kind === "literal" ? Number(offset.value) : 0);
    }
    case "if":
      return first && second && third ? either(first, second, third, text, scope) : undefined;
    case "and":
      return all(given, false, text, scope);
    case "or":
      return all(given, true, text, scope);
    case "coalesce":
      for (const each of given) {
        const value = evaluate(each, scope);
        if (isUnknown(value)) return notKnown(text, scope);
        if (value !== null) return value;
      }
      return null;
    case "tryget":
      return first && second
        ? evaluateMember({ kind: "member", of: first, member: second, safe: true, text }, scope)
        : undefined;
    default:
      return undefined;
  }
}

/** Where the condition is not known, the value still is where both ways give the same. */
function either(condition: Expression, yes: Expression, no: Expression, text: string, scope: TemplateScope): Value {
  const decided = evaluate(condition, scope);
  if (typeof decided === "boolean") return evaluate(decided ? yes : no, scope);
  const [one, other] = [evaluate(yes, scope), evaluate(no, scope)];
  const isSame = !unknownIn(one) && !unknownIn(other) && isDeepStrictEqual(one, other);
  return isSame ? one : notKnown(text, scope);
}

/** `and`, `or`: one value may decide whatever the others are. */
function all(given: readonly Expression[], decisive: boolean, text: string, scope: TemplateScope): Value {
  const values = given.map((each) => evaluate(each, scope));
  if (values.includes(decisive)) return decisive;
  return values.every((value) => typeof value === "boolean") ? !decisive : notKnown(text, scope);
}

function notKnown(text: string, { naming }: TemplateScope): Value {
  return naming ? `{${text}}` : unknown(text);
}

/** An object's member that must be an object; an empty one where it is none. */
export function objectIn(value: Value | undefined, name: string): ValueObject {
  const member = memberOf(value, name);
  return isValueObject(member) ? member : {};
}
