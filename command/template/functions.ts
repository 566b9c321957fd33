import { isDeepStrictEqual } from "node:util";
import { isValueObject, keyOf, textOf, type Value, type ValueObject } from "./value.ts";

/** A template function of values that are all known; nothing where it can't tell. */
export type TemplateFunction = (...given: Value[]) => Value | undefined;

/**
 * The template functions that need nothing but what they are given, by their lower-cased names. What is not here is told by Azure alone
 * (`reference`, `listKeys`, `uniqueString`), or is not worth its code before a deployment. Source: docs "ARM template functions".
 */
export const templateFunctions: ReadonlyMap<string, TemplateFunction> = new Map<string, TemplateFunction>([
  ["true", () => true],
  ["false", () => false],
  ["null", () => null],
  ["bool", (value) => (typeof value === "string" ? value.toLowerCase() === "true" || value === "1" : Boolean(value))],
  ["not", (value) => (typeof value === "boolean" ? !value : undefined)],
  ["equals", (a = null, b = null) => isDeepStrictEqual(a, b)],
  ["less", (a, b) => compared(a, b, (order) => order < 0)],
  ["lessorequals", (a, b) => compared(a, b, (order) => order <= 0)],
  ["greater", (a, b) => compared(a, b, (order) => order > 0)],
  ["greaterorequals", (a, b) => compared(a, b, (order) => order >= 0)],
  ["add", (a, b) => calculated(a, b, (x, y) => x + y)],
  ["sub", (a, b) => calculated(a, b, (x, y) => x - y)],
  ["mul", (a, b) => calculated(a, b, (x, y) => x * y)],
  ["div", (a, b) => calculated(a, b, (x, y) => (y === 0 ? undefined : Math.trunc(x / y)))],
  ["mod", (a, b) => calculated(a, b, (x, y) => (y === 0 ? undefined : x % y))],
  ["int", (value) => (Number.isInteger(Number(value)) ? Number(value) : undefined)],
  ["string", (value = null) => shownText(value)],
  ["concat", (...parts) => (parts.every(Array.isArray) ? parts.flat() : parts.map(textOf).join(""))],
  ["format", (pattern, ...values) => formatted(pattern, values)],
  ["tolower", (value) => (typeof value === "string" ? value.toLowerCase() : undefined)],
  ["toupper", (value) => (typeof value === "string" ? value.toUpperCase() : undefined)],
  ["trim", (value) => (typeof value === "string" ? value.trim() : undefined)],
  ["replace", (text, from, to) => replaced(text, from, to)],
  ["split", (text, by) => (typeof text === "string" && typeof by === "string" ? text.split(by) : undefined)],
  ["join", (list, by) => (Array.isArray(list) ? list.map(shownText).join(textOf(by ?? "")) : undefined)],
  ["substring", (text, from, length) => cut(text, from, length)],
  ["startswith", (text, part) => areTextsThat(text, part, (a, b) => a.startsWith(b))],
  ["endswith", (text, part) => areTextsThat(text, part, (a, b) => a.endsWith(b))],
  ["createarray", (...items) => items],
  ["createobject", (...pairs) => objectOf(pairs)],
  ["union", (...parts) => united(parts)],
  ["empty", (value = null) => lengthOf(value) === 0 || value === null],
  ["length", (value = null) => lengthOf(value)],
  [
    "first",
    (value) => (typeof value === "string" ? value.slice(0, 1) : Array.isArray(value) ? (value[0] ?? null) : undefined),
  ],
  [
    "last",
    (value) =>
      typeof value === "string" ? value.slice(-1) : Array.isArray(value) ? (value.at(-1) ?? null) : undefined,
  ],
  ["contains", (container, item) => holds(container, item)],
  ["range", (from, count) => range(from, count)],
]);

function compared(a: Value | undefined, b: Value | undefined, tell: (order: number) => boolean): boolean | undefined {
  if (typeof a === "number" && typeof b === "number") return tell(a - b);
  // ARM compares texts by their characters' numbers.
  return typeof a === "string" && typeof b === "string" ? tell(a === b ? 0 : a < b ? -1 : 1) : undefined;
}

function calculated(
  a: Value | undefined,
  b: Value | undefined,
  calculate: (x: number, y: number) => number | undefined,
): number | undefined {
  return typeof a === "number" && typeof b === "number" ? calculate(a, b) : undefined;
}

function shownText(value: Value): string {
  if (typeof value === "boolean") return value ? "True" : "False";
  return textOf(value);
}

function formatted(pattern: Value | undefined, values: readonly Value[]): string | undefined {
  if (typeof pattern !== "string" || /\{\d+[,:]/.test(pattern)) return undefined;
  return pattern.replace(/\{(\d+)\}/g, (_, index: string) => shownText(values[Number(index)] ?? ""));
}

function cut(text: Value | undefined, from: Value | undefined, length: Value | undefined): string | undefined {
  if (typeof text !== "string" || typeof from !== "number") return undefined;
  return text.slice(from, typeof length === "number" ? from + length : undefined);
}

function replaced(text: Value | undefined, from: Value | undefined, to: Value | undefined): string | undefined {
  if (typeof text !== "string" || typeof from !== "string" || typeof to !== "string") return undefined;
  return text.split(from).join(to);
}

function areTextsThat(
  a: Value | undefined,
  b: Value | undefined,
  tell: (a: string, b: string) => boolean,
): boolean | undefined {
  // Both functions ignore the case of letters.
  return typeof a === "string" && typeof b === "string" ? tell(a.toLowerCase(), b.toLowerCase()) : undefined;
}

function objectOf(pairs: readonly Value[]): ValueObject {
  const names = pairs.filter((_, index) => index % 2 === 0).map(textOf);
  return Object.fromEntries(names.map((name, index) => [name, pairs[index * 2 + 1] ?? null]));
}

function united(parts: readonly Value[]): Value | undefined {
  if (parts.every(Array.isArray)) {
    return parts.flat().filter((item, index, all) => all.findIndex((each) => isDeepStrictEqual(each, item)) === index);
  }
  return parts.every(isValueObject) ? parts.reduce<ValueObject>(merged, {}) : undefined;
}

/** Objects are merged at every depth; the later one wins. */
function merged(first: ValueObject, second: ValueObject): ValueObject {
  const result = new Map(Object.entries(first));
  for (const [name, value] of Object.entries(second)) {
    const before = result.get(name);
    result.set(name, isValueObject(before) && isValueObject(value) ? merged(before, value) : value);
  }
  return Object.fromEntries(result);
}

function lengthOf(value: Value): number | undefined {
  if (typeof value === "string" || Array.isArray(value)) return value.length;
  return isValueObject(value) ? Object.keys(value).length : undefined;
}

function holds(container: Value | undefined, item: Value | undefined): boolean | undefined {
  if (Array.isArray(container)) return container.some((each) => isDeepStrictEqual(each, item));
  if (typeof item !== "string") return undefined;
  if (typeof container === "string") return container.includes(item);
  return isValueObject(container) ? keyOf(container, item) !== undefined : undefined;
}

function range(from: Value | undefined, count: Value | undefined): number[] | undefined {
  if (typeof from !== "number" || typeof count !== "number" || count < 0 || count > 10_000) return undefined;
  return Array.from({ length: count }, (_, index) => from + index);
}
