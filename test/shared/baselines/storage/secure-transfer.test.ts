import { describe, expect, test } from "vitest";
import { secureTransfer } from "../../../../shared/baselines/storage/secure-transfer.ts";
import type { Json } from "../../../../shared/json.ts";
import { fileShare, storageAccount } from "../accounts.ts";
import { bound } from "../changes.ts";

const { check, fix, guards } = bound(secureTransfer);

describe("check", () => {
  test("finds nothing where HTTPS is required", () => {
    expect(check(storageAccount({ supportsHttpsTrafficOnly: true }))).toEqual([]);
  });

  test("finds an account that allows HTTP", () => {
    expect(check(storageAccount({ supportsHttpsTrafficOnly: false }))).toEqual([
      {
        path: "properties.supportsHttpsTrafficOnly",
        expected: "true",
        actual: false,
        remedy: "fix",
        explanation: "The account answers requests over HTTP.",
      },
    ]);
  });

  test("counts an absent property as HTTP allowed, and shows null", () => {
    expect(check(storageAccount())).toMatchObject([
      { path: "properties.supportsHttpsTrafficOnly", actual: null, remedy: "fix" },
    ]);
  });

  test.each<{ value: Json }>([{ value: "true" }, { value: 1 }, { value: null }, { value: {} }])(
    "counts $value, which is no true, as HTTP allowed",
    ({ value }) => {
      expect(check(storageAccount({ supportsHttpsTrafficOnly: value }))).toMatchObject([{ actual: value }]);
    },
  );

  test("reports a custom domain, where HTTP stays open", () => {
    const account = storageAccount({ supportsHttpsTrafficOnly: true, customDomain: { name: "files.example.com" } });

    expect(check(account)).toMatchObject([
      {
        path: "properties.customDomain.name",
        expected: "no custom domain",
        actual: "files.example.com",
        remedy: "report",
      },
    ]);
  });

  test("reports a custom domain beside HTTP allowed", () => {
    const account = storageAccount({ supportsHttpsTrafficOnly: false, customDomain: { name: "files.example.com" } });

    expect(check(account).map(({ remedy }) => remedy)).toEqual(["fix", "report"]);
  });

  test.each<{ customDomain: Json }>([{ customDomain: null }, { customDomain: {} }, { customDomain: { name: "" } }])(
    "sees no custom domain in $customDomain",
    ({ customDomain }) => {
      expect(check(storageAccount({ supportsHttpsTrafficOnly: true, customDomain }))).toEqual([]);
    },
  );

  test("reports a custom domain of a wrong type", () => {
    const account = storageAccount({ supportsHttpsTrafficOnly: true, customDomain: "files.example.com" });

    expect(check(account)).toMatchObject([{ path: "properties.customDomain.name", actual: "files.example.com" }]);
  });
});

describe("fix", () => {
  test("turns secure transfer on", () => {
    expect(fix(storageAccount({ supportsHttpsTrafficOnly: false }), {})).toEqual([
      { part: "", patch: { properties: { supportsHttpsTrafficOnly: true } } },
    ]);
  });

  test("does nothing about a custom domain alone", () => {
    const account = storageAccount({ supportsHttpsTrafficOnly: true, customDomain: { name: "files.example.com" } });

    expect(fix(account, {})).toEqual([]);
  });
});

describe("guards", () => {
  test("are the one for file shares", () => {
    expect(guards.map(({ id }) => id)).toEqual(["file-protocol-breaks"]);
  });

  test("take the parameter that allows the safe change", () => {
    const [guard] = bound(secureTransfer, { explicitProtocolSettingAllowed: true }).guards;
    const parts = { fileServices: null, fileShares: [fileShare("cabins", "NFS")] };

    expect(guard?.evaluate(storageAccount({}, parts))?.allowed).toBe(true);
  });
});
