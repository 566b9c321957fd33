import { describe, expect, test } from "vitest";
import { baselines } from "../../../shared/baselines/index.ts";
import { tokenScope } from "../../../shared/policy/clouds.ts";
import { readSettings } from "../../../shared/policy/settings.ts";

function settings(environment: NodeJS.ProcessEnv = {}) {
  const read = readSettings(environment);
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read.settings;
}

function problems(environment: NodeJS.ProcessEnv) {
  const read = readSettings(environment);
  return read.ok ? [] : read.problems;
}

describe("settings", () => {
  test("are careful where nothing is said: nothing in scope, every baseline in audit", () => {
    const { baselines: bound, ...rest } = settings();

    expect(bound.map(({ mode }) => mode)).toEqual(baselines.map(() => "audit"));
    expect(rest).toMatchObject({
      scopes: [],
      writesStopped: false,
      writesPerHour: 100,
      breakerFixes: 3,
      breakerWindowMinutes: 60,
      leaseSeconds: 90,
      requestTimeoutSeconds: 20,
      cloud: { endpoint: "https://management.azure.com" },
    });
  });

  test("give a mode to all baselines, to one alone, and leave one that has a mode of its own", () => {
    const { baselines: bound } = settings({ MODE_DEFAULT: "enforce", MODE_STORAGE_MINIMUM_TLS: "approve" });

    const modes = Object.fromEntries(bound.map(({ baseline, mode }) => [baseline.id, mode]));
    const unlessSet = Object.fromEntries(baselines.map(({ id, modeUnlessSet = "enforce" }) => [id, modeUnlessSet]));
    expect(modes).toEqual({ ...unlessSet, "storage/minimum-tls": "approve" });
    expect(modes).toMatchObject({ "storage/secure-transfer": "enforce", "storage/sas-expiration": "audit" });
  });

  test("take subscriptions, resource groups and management groups as scopes, whatever stands between them", () => {
    const subscription = "/subscriptions/aaaaaaaa-1111-4111-8111-111111111111";
    const text = `${subscription}, /providers/Microsoft.Management/managementGroups/lines,,${subscription}/resourceGroups/Guests`;

    expect(settings({ SCOPES: text }).scopes).toEqual([
      { subscriptionId: "aaaaaaaa-1111-4111-8111-111111111111" },
      { managementGroup: "lines" },
      { subscriptionId: "aaaaaaaa-1111-4111-8111-111111111111", resourceGroup: "guests" },
    ]);
  });

  test("hand a baseline its parameters", () => {
    const { baselines: bound } = settings({ PARAMETERS_STORAGE_SAS_EXPIRATION: '{ "maximumDays": 30 }' });
    const sasExpiration = bound.find(({ baseline }) => baseline.id === "storage/sas-expiration")?.baseline;

    const body = { properties: { sasPolicy: { sasExpirationPeriod: "29.00:00:00", expirationAction: "Log" } } };
    expect(sasExpiration?.check({ id: "", body, parts: {} })).toEqual([]);
  });

  test.each([
    ["", { kind: "default" }],
    ["config/guard.policy.yaml", { kind: "file", path: "config/guard.policy.yaml" }],
    ["/etc/guard.policy.yaml", { kind: "file", path: "/etc/guard.policy.yaml" }],
    ["blob:decrees/team/guard.policy.yaml", { kind: "blob", container: "decrees", name: "team/guard.policy.yaml" }],
  ])("find the policy file at %j", (text, place) => {
    expect(settings({ POLICY_FILE: text }).policyFile).toEqual(place);
  });

  test.each([
    ["POLICY_FILE", "blob:decrees", /blob:CONTAINER\/NAME/],
    ["POLICY_FILE", "blob:De/crees", /blob:CONTAINER\/NAME/],
    ["POLICY_READ_SECONDS", "0", /1 to 3600/],
    ["SCOPES", "everything", /subscriptions\/GUID/],
    ["SCOPES", "/providers/Microsoft.Management/managementGroups/a/b", /managementGroups\/ID/],
    ["SCOPES_READ_SECONDS", "0", /1 to 3600/],
    ["SCOPES_READ", "60", /no setting of this name/],
    ["MODE_DEFAULT", "on", /audit, approve, enforce/],
    ["MODE_STORAGE_SECURE_TRANSFER", "Enforce", /audit, approve, enforce/],
    ["WRITES_PER_HOUR", "0", /1 to 1200/],
    ["WRITES_PER_HOUR", "1e3", /1 to 1200/],
    ["WRITES_STOPPED", "yes", /true, false/],
    ["BREAKER_FIXES", "-1", /1 to 100/],
    ["BREAKER_WINDOW_MINUTES", "1.5", /1 to 1440/],
    ["LEASE_SECONDS", "", /15 to 600/],
    ["REQUEST_TIMEOUT_SECONDS", "121", /1 to 120/],
    ["REQUEST_TIMEOUT_SECONDS", "45", /less than half of LEASE_SECONDS \(90\)/],
    ["CLOUD", "toString", /public, usgovernment, china, custom/],
    ["ARM_ENDPOINT", "http://localhost", /https URL/],
    ["STORAGE_API_VERSION", "latest", /YYYY-MM-DD/],
    ["SWEEP_SCHEDULE", "99 99 99 99 99 99", /six fields/],
    ["SWEEP_SCHEDULE", "0 * * * *", /six fields/],
    ["ARM_ENDPOINT", "https://management.example", /unless CLOUD is custom/],
    ["WRITES_STOPED", "true", /no setting of this name/],
    ["SQL_API_VERSION", "2014-04-01", /2020-08-01-preview or later/],
    ["AZURE_CLIENT_ID", "me", /GUID/],
    ["APPROVAL_DAYS", "0", /1 to 90/],
    ["DEPLOYER_TEAMS", "{", /JSON/],
    ["DEPLOYER_TEAMS", '{ "pipeline": ["alex"] }', /object id/],
    ["EXEMPTION_MOST_DAYS", "367", /1 to 366/],
    ["EXEMPTION_TAG", " exempt", /name of a tag/],
    ["UNDO_ENCRYPTION_AT_REST", "1", /true, false/],
    ["PARAMETERS_STORAGE_SAS_EXPIRATION", "{", /JSON/],
  ])("name %s with its wrong value %j and what is allowed", (setting, value, allowed) => {
    expect(problems({ [setting]: value })).toEqual([{ setting, value, allowed: expect.stringMatching(allowed) }]);
  });

  test("name the wrong parameter of a baseline", () => {
    const value = '{ "maximumDays": 0 }';

    expect(problems({ PARAMETERS_STORAGE_SAS_EXPIRATION: value })).toMatchObject([
      { setting: "PARAMETERS_STORAGE_SAS_EXPIRATION.maximumDays", value },
    ]);
    expect(problems({ PARAMETERS_STORAGE_MINIMUM_TLS: '{ "typo": 1 }' })).toHaveLength(1);
  });

  test("name a retention of the journal where nothing can be taken away from it", () => {
    const own = { JOURNAL_STORAGE: "https://journal.example" };

    expect(problems({ ...own, JOURNAL_RETENTION_DAYS: "30" })).toMatchObject([
      { setting: "JOURNAL_RETENTION_DAYS", value: "30", allowed: expect.stringMatching(/JOURNAL_STORAGE/) },
    ]);
    expect(problems({ ...own, JOURNAL_RETENTION_DAYS: "0" })).toEqual([]);
  });

  test("name all that is wrong at once", () => {
    expect(
      problems({ WRITES_PER_HOUR: "x", MODE_DEFAULT: "x" })
        .map(({ setting }) => setting)
        .sort(),
    ).toEqual(["MODE_DEFAULT", "WRITES_PER_HOUR"]);
  });

  test("take a cloud of their own with endpoint and audience, and miss what is not given", () => {
    const ARM_ENDPOINT = "https://localhost:8443";
    const ARM_AUDIENCE = "https://localhost/";

    const { cloud } = settings({ CLOUD: "custom", ARM_ENDPOINT, ARM_AUDIENCE });

    expect(cloud).toEqual({ endpoint: ARM_ENDPOINT, audience: ARM_AUDIENCE });
    expect(tokenScope(cloud)).toBe("https://localhost//.default");
    expect(problems({ CLOUD: "custom" }).map(({ setting }) => setting)).toEqual(["ARM_ENDPOINT", "ARM_AUDIENCE"]);
  });
});
