import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Json } from "../../../shared/json.ts";
import { withoutSecrets } from "../../../shared/resources/secrets.ts";

const seed = 20261123;
const canary = "canary-2b9c";

describe("withoutSecrets", () => {
  test("cuts a secret out at any depth, in objects and arrays, whatever its case and type", () => {
    const names = fc.constantFrom("sharedKey", "SHAREDKEY", "authorizationKey", "administratorLoginPassword", "keys");
    const secrets = fc.constantFrom<Json>(canary, { value: canary }, [canary]);
    const around = fc.array(fc.constantFrom("object", "array"), { maxLength: 8 });

    fc.assert(
      fc.property(names, secrets, around, (name, secret, wrappers) => {
        const start: Json = { [name]: secret, kept: 1 };
        const answer = wrappers.reduce<Json>(
          (inner, kind) => (kind === "array" ? [1, inner] : { a: inner, b: 2 }),
          start,
        );

        const text = JSON.stringify(withoutSecrets(answer));

        expect(text).not.toContain(canary);
        expect(text).toContain('"kept":1');
      }),
      { seed },
    );
  });

  test("leaves everything else as it was, the argument too", () => {
    const answer = {
      sku: { name: "a" },
      properties: { keyCreationTime: { key1: "t" }, keyPolicy: null, list: [1, "a"] },
    };
    const before = structuredClone(answer);

    expect(withoutSecrets(answer)).toEqual(before);
    expect(answer).toEqual(before);
  });
});
