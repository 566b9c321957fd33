import { describe, expect, test } from "vitest";
import { sasExpiration } from "../../../../shared/baselines/storage/sas-expiration.ts";
import type { Json, JsonObject } from "../../../../shared/json.ts";
import { storageAccount } from "../accounts.ts";
import { bound } from "../changes.ts";

const rotated = { keyCreationTime: { key1: "2024-06-19T10:53:52.2031869Z", key2: "2024-06-19T10:53:52.2031869Z" } };

const byDefault = bound(sasExpiration);
const blocking = bound(sasExpiration, { expirationAction: "Block" });
const withoutSharedKey = bound(sasExpiration, { allowSharedKeyAccess: false });

describe("check", () => {
  test("finds nothing where the policy's period is at most seven days", () => {
    expect(byDefault.check(withPolicy("7.00:00:00", "Log"))).toEqual([]);
    expect(byDefault.check(withPolicy("07.00:00:00", "Log"))).toEqual([]);
  });

  test("finds that there is no policy", () => {
    expect(byDefault.check(storageAccount(rotated))).toEqual([
      {
        path: "properties.sasPolicy.sasExpirationPeriod",
        expected: "at most 7.00:00:00",
        actual: null,
        remedy: "fix",
      },
      { path: "properties.sasPolicy.expirationAction", expected: "Log or Block", actual: null, remedy: "fix" },
    ]);
  });

  test("finds a period that is longer by a second", () => {
    expect(byDefault.check(withPolicy("7.00:00:01", "Log"))).toMatchObject([
      { path: "properties.sasPolicy.sasExpirationPeriod", actual: "7.00:00:01" },
    ]);
  });

  test.each<{ period: Json }>([{ period: "7 days" }, { period: 7 }, { period: "0.00:00:00" }, { period: {} }])(
    "finds the malformed period $period",
    ({ period }) => {
      expect(byDefault.check(withPolicy(period, "Log"))).toMatchObject([{ actual: period, remedy: "fix" }]);
    },
  );

  test("takes the longest period from its parameter", () => {
    const { check } = bound(sasExpiration, { maximumDays: 30 });

    expect(check(withPolicy("30.00:00:00", "Log"))).toEqual([]);
    expect(check(withPolicy("31.00:00:00", "Log"))).toMatchObject([{ expected: "at most 30.00:00:00" }]);
  });

  test("is content with Block where Log is asked", () => {
    expect(byDefault.check(withPolicy("1.00:00:00", "Block"))).toEqual([]);
  });

  test("finds Log where Block is asked", () => {
    expect(blocking.check(withPolicy("1.00:00:00", "Log"))).toEqual([
      { path: "properties.sasPolicy.expirationAction", expected: "Block", actual: "Log", remedy: "fix" },
    ]);
  });

  test("does not look at shared key access by default", () => {
    expect(byDefault.check(withPolicy("7.00:00:00", "Log", { allowSharedKeyAccess: true }))).toEqual([]);
  });

  test("finds shared key access where the parameter forbids it; absent counts as allowed", () => {
    expect(withoutSharedKey.check(withPolicy("7.00:00:00", "Log"))).toEqual([
      { path: "properties.allowSharedKeyAccess", expected: "false", actual: null, remedy: "fix" },
    ]);
    expect(withoutSharedKey.check(withPolicy("7.00:00:00", "Log", { allowSharedKeyAccess: false }))).toEqual([]);
  });
});

describe("fix", () => {
  test("sets seven days and Log where there is no policy", () => {
    expect(byDefault.fix(storageAccount(rotated), {})).toEqual([sets("7.00:00:00", "Log")]);
  });

  test("keeps a shorter period of the customer's own", () => {
    expect(byDefault.fix(withPolicy("1.23:59:59", "Log"), {})).toEqual([]);
    expect(blocking.fix(withPolicy("1.23:59:59", "Log"), {})).toEqual([sets("1.23:59:59", "Block")]);
  });

  test("keeps the customer's own Block when it shortens the period", () => {
    expect(byDefault.fix(withPolicy("100000.00:00:00", "Block"), {})).toEqual([sets("7.00:00:00", "Block")]);
  });

  test("puts a policy in the place of one of a wrong type", () => {
    expect(byDefault.fix(storageAccount({ ...rotated, sasPolicy: "7.00:00:00" }), {})).toEqual([
      sets("7.00:00:00", "Log"),
    ]);
  });

  test("ends shared key access alone where the policy holds", () => {
    expect(withoutSharedKey.fix(withPolicy("7.00:00:00", "Log"), {})).toEqual([
      { part: "", patch: { properties: { allowSharedKeyAccess: false } } },
    ]);
  });
});

describe("guard keys-never-rotated", () => {
  test.each<{ keyCreationTime: Json }>([
    { keyCreationTime: null },
    { keyCreationTime: {} },
    { keyCreationTime: { key1: "", key2: "2024-06-19T10:53:52Z" } },
    { keyCreationTime: { key1: null, key2: "2024-06-19T10:53:52Z" } },
    { keyCreationTime: { key1: "2024-06-19T10:53:52Z" } },
  ])("fires where a key's creation time is missing: $keyCreationTime", ({ keyCreationTime }) => {
    const verdict = evaluate(byDefault, "keys-never-rotated", { keyCreationTime });

    expect(verdict).toMatchObject({ allowed: false });
    expect(verdict?.safeChanges).toBeUndefined();
    expect(verdict?.advice).toMatch(/rotate both account keys/i);
  });

  test("names the key that was never rotated", () => {
    const keyCreationTime = { key1: null, key2: "2024-06-19T10:53:52Z" };

    expect(evaluate(byDefault, "keys-never-rotated", { keyCreationTime })?.reason).toContain("creation time of key1:");
  });

  test("is quiet where both keys were rotated", () => {
    expect(evaluate(byDefault, "keys-never-rotated", rotated)).toBeUndefined();
  });

  test("is quiet where the fix sets no policy", () => {
    const sasPolicy = { sasExpirationPeriod: "7.00:00:00", expirationAction: "Log" };

    expect(evaluate(withoutSharedKey, "keys-never-rotated", { sasPolicy })).toBeUndefined();
  });
});

describe("guard refuses-clients", () => {
  test("is quiet where the fix only logs", () => {
    expect(evaluate(byDefault, "refuses-clients", rotated)).toBeUndefined();
  });

  test("fires where the fix sets Block, and nothing allows it without a person", () => {
    const verdict = evaluate(blocking, "refuses-clients", rotated);

    expect(verdict).toMatchObject({ reason: "The fix sets a SAS policy that blocks.", allowed: false });
    expect(verdict?.safeChanges).toBeUndefined();
  });

  test("fires where the fix shortens the period of an account that already blocks", () => {
    const sasPolicy = { sasExpirationPeriod: "30.00:00:00", expirationAction: "Block" };

    expect(evaluate(byDefault, "refuses-clients", { ...rotated, sasPolicy })).toMatchObject({ allowed: false });
  });

  test("fires where the fix ends shared key access", () => {
    expect(evaluate(withoutSharedKey, "refuses-clients", rotated)).toMatchObject({
      reason: "The fix sets allowSharedKeyAccess false.",
      allowed: false,
    });
  });

  test("is quiet where the account does all that already", () => {
    const both = bound(sasExpiration, { expirationAction: "Block", allowSharedKeyAccess: false });
    const sasPolicy = { sasExpirationPeriod: "7.00:00:00", expirationAction: "Block" };

    expect(evaluate(both, "refuses-clients", { sasPolicy, allowSharedKeyAccess: false })).toBeUndefined();
  });
});

describe("its settings", () => {
  test("are audit and a write of its own unless somebody decides otherwise", () => {
    expect(sasExpiration.modeUnlessSet).toBe("audit");
    expect(sasExpiration.writtenAlone).toBe(true);
  });

  test.each([{ maximumDays: 0 }, { maximumDays: 366 }, { maximumDays: 1.5 }, { expirationAction: "None" }])(
    "refuse %o",
    (parameters) => {
      expect(sasExpiration.bind(parameters).ok).toBe(false);
    },
  );
});

function withPolicy(period: Json, action: Json, properties: JsonObject = {}) {
  return storageAccount({
    ...rotated,
    ...properties,
    sasPolicy: { sasExpirationPeriod: period, expirationAction: action },
  });
}

function sets(period: string, action: string) {
  return {
    part: "",
    patch: { properties: { sasPolicy: { sasExpirationPeriod: period, expirationAction: action } } },
  };
}

function evaluate(baseline: typeof byDefault, guard: string, properties: JsonObject) {
  return baseline.guards.find(({ id }) => id === guard)?.evaluate(storageAccount(properties));
}
