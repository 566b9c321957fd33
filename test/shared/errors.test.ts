import { describe, expect, test } from "vitest";
import { CodedError, errors, messageOf } from "../../shared/errors.ts";

describe("errors", () => {
  test.each(Object.entries(errors))("%s tells in sentences what it means and what to do", (code, error) => {
    expect(code).toMatch(/^[a-z]+(-[a-z]+)+$/);
    expect(error.status).toBeGreaterThanOrEqual(400);
    expect(error.meaning).toMatch(/\.$/);
    expect(error.advice).toMatch(/\.$/);
  });

  test("carry their code, their details and their cause", () => {
    const cause = new Error("why");

    const error = new CodedError("body-invalid", "wrong", [{ target: "a", message: "b" }], { cause });

    expect(error).toMatchObject({ code: "body-invalid", message: "wrong", details: [{ target: "a" }], cause });
  });

  test.each([
    [new Error("an error"), "an error"],
    ["a text", "a text"],
    [undefined, "undefined"],
  ])("have a message whatever was thrown: %s", (thrown, expected) => {
    expect(messageOf(thrown)).toBe(expected);
  });
});
