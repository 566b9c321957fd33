import * as z from "zod";

/** Control characters, and those that turn the direction of what follows: in a terminal they could show something else than was written. */
const misleading = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u;

/** The schema of what a person writes in one line, such as a reason: journal, log and terminals show it as it is. */
export function personText(most: number): z.ZodString {
  return z
    .string()
    .trim()
    .min(1)
    .max(most)
    .refine((text) => !misleading.test(text), "must be one line, without control characters");
}
