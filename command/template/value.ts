import type { Json } from "../../shared/json.ts";

const mark: unique symbol = Symbol("unknown");

/** A value that is told only when the file is deployed: an expression that needs Azure, or a parameter that nobody gave. */
export interface Unknown {
  readonly [mark]: true;
  /** As it is written, for people. */
  readonly expression: string;
}

/** A value of a template, as far as it is known before anything is deployed. */
export type Value = null | boolean | number | string | Unknown | Value[] | ValueObject;

/** See {@link Value}. */
export interface ValueObject {
  [name: string]: Value;
}

/** What stands for a value that is not known. */
export function unknown(expression: string): Unknown {
  return { [mark]: true, expression };
}

/** Whether a value is not known as a whole. */
export function isUnknown(value: Value | undefined): value is Unknown {
  return typeof value === "object" && value !== null && mark in value;
}

/** Whether a value is an object whose members can be looked at. */
export function isValueObject(value: Value | undefined): value is ValueObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(mark in value);
}

/** The first part of a value, at any depth, that is not known; nothing where all is. */
export function unknownIn(value: Value | undefined): Unknown | undefined {
  if (isUnknown(value)) return value;
  const members = Array.isArray(value) ? value : isValueObject(value) ? Object.values(value) : [];
  for (const member of members) {
    const found = unknownIn(member);
    if (found) return found;
  }
  return undefined;
}

/** A member of a value by name: undefined where there is none, unknown below what is unknown. Names are compared without case, as ARM does. */
export function memberOf(value: Value | undefined, name: string): Value | undefined {
  if (isUnknown(value)) return value;
  if (!isValueObject(value)) return undefined;
  const key = Object.hasOwn(value, name) ? name : keyOf(value, name);
  return key === undefined ? undefined : value[key];
}

/** The value at a path of names; see {@link memberOf}. */
export function memberAt(value: Value | undefined, path: readonly string[]): Value | undefined {
  return path.reduce<Value | undefined>((found, name) => memberOf(found, name), value);
}

/** The name under which an object has a member, whatever its case. */
export function keyOf(object: object, name: string): string | undefined {
  return Object.keys(object).find((key) => key.toLowerCase() === name.toLowerCase());
}

/**
 * The value as JSON, in which each unknown part is seen only by whoever reads it: `see` says what it reads as, and learns of it.
 */
export function asSeen(value: Value, see: (part: Unknown) => Json): Json {
  if (isUnknown(value)) return see(value);
  if (Array.isArray(value)) return shown([], value, see);
  return isValueObject(value) ? shown({}, value, see) : value;
}

function shown<Shape extends Json & object>(
  shape: Shape,
  value: Value[] | ValueObject,
  see: (part: Unknown) => Json,
): Shape {
  for (const [name, member] of Object.entries(value)) {
    const read = isUnknown(member) ? { get: () => see(member) } : { value: asSeen(member, see) };
    Object.defineProperty(shape, name, { enumerable: true, configurable: true, ...read });
  }
  return shape;
}

/** A value as the text that a name or an index is made of. An object stands as its JSON: what it calls its own `toString` is data. */
export function textOf(value: Value): string {
  return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value);
}
