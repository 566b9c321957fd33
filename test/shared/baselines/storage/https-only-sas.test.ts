import { describe, expect, test } from "vitest";
import { httpsOnlySas } from "../../../../shared/baselines/storage/https-only-sas.ts";
import { storageAccount } from "../accounts.ts";
import { bound } from "../changes.ts";

const { check, fix, guards } = bound(httpsOnlySas);

describe("check", () => {
  test("finds nothing where every HTTP request is refused", () => {
    expect(check(storageAccount({ supportsHttpsTrafficOnly: true }))).toEqual([]);
  });

  test("finds that a SAS works over HTTP where secure transfer is off", () => {
    expect(check(storageAccount({ supportsHttpsTrafficOnly: false }))).toEqual([
      {
        path: "properties.supportsHttpsTrafficOnly",
        expected: "true",
        actual: false,
        remedy: "fix",
        explanation: "A SAS that its signer did not restrict to HTTPS works over HTTP.",
      },
    ]);
  });

  test("reports a custom domain, on which a SAS works over HTTP", () => {
    const account = storageAccount({ supportsHttpsTrafficOnly: true, customDomain: { name: "files.example.com" } });

    const [finding] = check(account);

    expect(finding).toMatchObject({ path: "properties.customDomain.name", remedy: "report" });
    expect(finding?.explanation).toContain("spr=https");
  });

  test("looks at no SAS policy: it says nothing about HTTPS", () => {
    const sasPolicy = { sasExpirationPeriod: "100000.00:00:00", expirationAction: "Log" };

    expect(check(storageAccount({ supportsHttpsTrafficOnly: true, sasPolicy }))).toEqual([]);
  });
});

describe("fix", () => {
  test("turns secure transfer on", () => {
    expect(fix(storageAccount(), {})).toEqual([
      { part: "", patch: { properties: { supportsHttpsTrafficOnly: true } } },
    ]);
  });
});

describe("guards", () => {
  test("are those of secure transfer", () => {
    expect(guards.map(({ id }) => id)).toEqual(["file-protocol-breaks"]);
  });
});

describe("operations", () => {
  test("include asking ARM for a SAS, at most one check an hour", () => {
    const limited = httpsOnlySas.operations.filter((operation) => operation.checkAtMostEverySeconds !== undefined);

    expect(limited).toEqual([
      { name: "Microsoft.Storage/storageAccounts/listAccountSas/action", checkAtMostEverySeconds: 3600 },
      { name: "Microsoft.Storage/storageAccounts/listServiceSas/action", checkAtMostEverySeconds: 3600 },
    ]);
  });

  test("leave out viewing the keys, which every visit to the portal does", () => {
    expect(httpsOnlySas.operations.some(({ name }) => /listKeys/i.test(name))).toBe(false);
  });
});

describe("what it says of itself", () => {
  test("claims no more than secure transfer does", () => {
    expect(httpsOnlySas.protects).toContain("It makes no token HTTPS-only");
    expect(httpsOnlySas.protects).toContain("its generation can't be audited");
  });
});
