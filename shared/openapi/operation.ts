import type * as z from "zod";
import type { ErrorCode } from "../errors.ts";

/** What a route takes and answers, for OpenAPI and for the tests that hold every answer against it. */
export interface Operation {
  summary: string;
  /** Its query parameters. */
  query?: z.ZodObject;
  /** Its body, as JSON. */
  body?: z.ZodType;
  /** By status, for what is no error. */
  answers: { [status: number]: { meaning: string; schema: z.ZodType } };
  /** What it may be refused with, beside what every route may: see `everyRoute` in document.ts. */
  errors: readonly ErrorCode[];
}
