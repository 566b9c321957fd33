import type * as z from "zod";
import type { ErrorDetail } from "../errors.ts";
import { errorAnswer, type HttpAnswer } from "./http-answer.ts";

/** A request's body that fits its schema, or the answer that says what is wrong with it. */
export type JsonBody<Value> = { kind: "valid"; value: Value } | { kind: "invalid"; answer: HttpAnswer };

/**
 * Reads a request's body as JSON by a schema.
 * @param explain what is wrong, from the schema's error and the JSON; each issue with its path where left out.
 */
export function jsonBody<Value>(
  body: string,
  schema: z.ZodType<Value>,
  explain: (error: z.ZodError, json: unknown) => ErrorDetail[] = ({ issues }) => detailsOf(issues),
): JsonBody<Value> {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return invalid([{ target: "", message: "It is no JSON." }]);
  }
  const parsed = schema.safeParse(json);
  return parsed.success ? { kind: "valid", value: parsed.data } : invalid(explain(parsed.error, json));
}

/** Each issue with its path. */
export function detailsOf(issues: readonly z.core.$ZodIssue[]): ErrorDetail[] {
  return issues.map(({ path, message }) => ({ target: path.map(String).join("."), message }));
}

function invalid(details: ErrorDetail[]): JsonBody<never> {
  return { kind: "invalid", answer: errorAnswer("body-invalid", "The body breaks its schema.", details) };
}
