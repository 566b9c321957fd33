import { describe, expect, test } from "vitest";
import { minimumTls } from "../../../../shared/baselines/storage/minimum-tls.ts";
import type { Json } from "../../../../shared/json.ts";
import { storageAccount } from "../accounts.ts";
import { bound } from "../changes.ts";

const { check, fix } = bound(minimumTls);

describe("check", () => {
  test.each(["TLS1_2", "TLS1_3", "TLS1_10", "TLS2_0"])("finds nothing where the minimum is %s", (version) => {
    expect(check(storageAccount({ minimumTlsVersion: version }))).toEqual([]);
  });

  test.each(["TLS1_0", "TLS1_1", "TLS0_9"])("finds a minimum of %s", (version) => {
    expect(check(storageAccount({ minimumTlsVersion: version }))).toEqual([
      { path: "properties.minimumTlsVersion", expected: "TLS1_2 or later", actual: version, remedy: "fix" },
    ]);
  });

  test("counts an absent minimum as the weakest, and shows null", () => {
    expect(check(storageAccount())).toMatchObject([{ actual: null, remedy: "fix" }]);
  });

  test.each<{ value: Json }>([
    { value: "" },
    { value: "1.2" },
    { value: "TLS1_2 " },
    { value: 1.2 },
    { value: null },
    { value: ["TLS1_2"] },
  ])("finds $value, which names no version", ({ value }) => {
    expect(check(storageAccount({ minimumTlsVersion: value }))).toMatchObject([{ actual: value }]);
  });
});

describe("fix", () => {
  test("sets TLS 1.2", () => {
    expect(fix(storageAccount({ minimumTlsVersion: "TLS1_0" }), {})).toEqual([
      { part: "", patch: { properties: { minimumTlsVersion: "TLS1_2" } } },
    ]);
  });

  test.each(["TLS1_3", "tls1_3", "TLS2_0"])("never lowers %s", (version) => {
    expect(fix(storageAccount({ minimumTlsVersion: version }), {})).toEqual([]);
  });
});
