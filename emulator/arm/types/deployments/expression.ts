import { type Json, type JsonObject, valueAtPath } from "../../json.ts";
import { invalidTemplate } from "./invalid-template.ts";

/** A template expression, taken apart. */
export type Expression =
  | { kind: "value"; value: Json }
  | { kind: "call"; name: string; parameters: Expression[] }
  | { kind: "member"; of: Expression; member: Expression };

/** A template function: its arguments, evaluated, to its value. Throws an Error that says what it can't do. */
export type TemplateFunctions = Readonly<Record<string, (...parameters: Json[]) => Json>>;

/** The expression that a text holds between `[` and `]`; undefined for plain text (`[[` stands for a plain `[`). */
export function parseExpression(text: string): Expression | undefined {
  if (!text.startsWith("[") || text.startsWith("[[") || !text.endsWith("]")) return undefined;
  const reader = createReader(text.slice(1, -1), text);
  const expression = readOne(reader);
  if (reader.next() !== undefined) throw unreadableExpression(text);
  return expression;
}

/** The value of an expression by these functions; `text` is what a refusal names. */
export function evaluate(expression: Expression, functions: TemplateFunctions, text: string): Json {
  if (expression.kind === "value") return expression.value;
  if (expression.kind === "member") {
    const [value, member] = [evaluate(expression.of, functions, text), evaluate(expression.member, functions, text)];
    const found = Array.isArray(value) ? value[Number(member)] : valueAtPath(value, String(member));
    if (found !== undefined) return found;
    throw invalidTemplate(`Unable to process template language expressions: '${text}' has no property '${member}'.`);
  }
  const called = findFunction(expression.name, functions);
  if (!called) throw unknownFunction(expression.name, text);
  const parameters = expression.parameters.map((each) => evaluate(each, functions, text));
  try {
    return called(...parameters);
  } catch (error) {
    if (error instanceof TemplateFunctionError) {
      throw invalidTemplate(`Unable to process template language expressions: '${text}': ${error.message}`);
    }
    throw error;
  }
}

/** All calls of a function in an expression. */
export function callsOf(expression: Expression, name: string): Expression[][] {
  if (expression.kind === "value") return [];
  if (expression.kind === "member") return [...callsOf(expression.of, name), ...callsOf(expression.member, name)];
  const inner = expression.parameters.flatMap((each) => callsOf(each, name));
  return expression.name.toLowerCase() === name.toLowerCase() ? [expression.parameters, ...inner] : inner;
}

/** Why a template function gives no value. */
export class TemplateFunctionError extends Error {}

function findFunction(name: string, functions: TemplateFunctions) {
  const found = Object.keys(functions).find((each) => each.toLowerCase() === name.toLowerCase());
  return found === undefined ? undefined : functions[found];
}

function unknownFunction(name: string, text: string) {
  return invalidTemplate(`The template function '${name}' in '${text}' is not valid here, or is not emulated.`);
}

function unreadableExpression(text: string) {
  return invalidTemplate(`The language expression '${text}' cannot be read.`);
}

interface Reader {
  /** The next token, undefined at the end. */
  next(): string | undefined;
  take(): string | undefined;
  text: string;
}

function createReader(source: string, text: string): Reader {
  const tokens = source.match(/'(?:[^']|'')*'|-?\d+|[A-Za-z_][\w-]*|[().,[\]]|\S/g) ?? [];
  let position = 0;
  return { next: () => tokens[position], take: () => tokens[position++], text };
}

function readOne(reader: Reader): Expression {
  let read = readPrimary(reader);
  for (;;) {
    if (reader.next() === ".") {
      reader.take();
      read = { kind: "member", of: read, member: { kind: "value", value: reader.take() ?? "" } };
    } else if (reader.next() === "[") {
      reader.take();
      read = { kind: "member", of: read, member: readOne(reader) };
      expect(reader, "]");
    } else {
      return read;
    }
  }
}

function readPrimary(reader: Reader): Expression {
  const token = reader.take() ?? "";
  if (token.startsWith("'")) return { kind: "value", value: token.slice(1, -1).replaceAll("''", "'") };
  if (/^-?\d+$/.test(token)) return { kind: "value", value: Number(token) };
  if (!/^[A-Za-z_]/.test(token)) throw unreadableExpression(reader.text);
  expect(reader, "(");
  const parameters: Expression[] = [];
  while (reader.next() !== ")") {
    if (parameters.length > 0) expect(reader, ",");
    parameters.push(readOne(reader));
  }
  reader.take();
  return { kind: "call", name: token, parameters };
}

function expect(reader: Reader, token: string): void {
  if (reader.take() !== token) throw unreadableExpression(reader.text);
}

/** `value` with every expression in it evaluated, at any depth; names of properties stay as they are. */
export function evaluateAll(value: Json, functions: TemplateFunctions): Json {
  if (typeof value === "string") {
    const expression = parseExpression(value);
    if (expression) return evaluate(expression, functions, value);
    return value.startsWith("[[") ? value.slice(1) : value;
  }
  if (Array.isArray(value)) return value.map((item) => evaluateAll(item, functions));
  return value !== null && typeof value === "object" ? evaluateObject(value, functions) : value;
}

/** The same for an object. */
export function evaluateObject(value: JsonObject, functions: TemplateFunctions): JsonObject {
  return Object.fromEntries(
    Object.entries(value).map(([name, member]): [string, Json] => [name, evaluateAll(member, functions)]),
  );
}
