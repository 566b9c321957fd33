import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkFile } from "../../../command/check/check-file.ts";
import { UsageError } from "../../../command/frame/output.ts";
import { readSettings, type Settings } from "../../../shared/policy/settings.ts";
import { template } from "./templates.ts";

/** The same generated cases in each run. */
const seed = 20261126;

const settings = settingsOf({ PARAMETERS_STORAGE_SAS_EXPIRATION: '{"allowSharedKeyAccess":false}' });

/** Values of the properties that baselines look at. */
const values = fc.record({
  https: fc.constantFrom(true, false, null),
  tls: fc.constantFrom("TLS1_0", "TLS1_2", "TLS1_3", null),
  period: fc.constantFrom("1.00:00:00", "30.00:00:00", "soon"),
  action: fc.constantFrom("Log", "Block", "None"),
  sharedKey: fc.constantFrom(true, false, null),
  domain: fc.constantFrom("", "logs.example.com", null),
});
type Values = typeof values extends fc.Arbitrary<infer Value> ? Value : never;

/** An account all of whose values are parameters. */
const account = {
  type: "Microsoft.Storage/storageAccounts",
  apiVersion: "2025-06-01",
  name: "polaris",
  properties: {
    supportsHttpsTrafficOnly: "[parameters('https')]",
    minimumTlsVersion: "[if(equals(parameters('tls'), 'TLS1_2'), 'TLS1_2', parameters('tls'))]",
    sasPolicy: { sasExpirationPeriod: "[parameters('period')]", expirationAction: "[parameters('action')]" },
    allowSharedKeyAccess: "[parameters('sharedKey')]",
    customDomain: { name: "[parameters('domain')]" },
  },
};

describe("whatever a template leaves to its deployment", () => {
  test("a baseline is unknown, or judged as it would be with every value", () => {
    fc.assert(
      fc.property(
        values,
        fc.subarray<keyof Values>(["https", "tls", "period", "action", "sharedKey", "domain"]),
        (all, given) => {
          const some = Object.fromEntries(given.map((name) => [name, all[name]]));

          const [whole, partly] = [statesWith(all), statesWith(some)];

          for (const [baseline, state] of Object.entries(partly)) {
            if (state !== "unknown") expect(state, baseline).toBe(whole[baseline]);
          }
        },
      ),
      { seed },
    );
  });

  test("nothing is unknown where all is given", () => {
    fc.assert(
      fc.property(values, (all) => {
        expect(Object.values(statesWith(all))).not.toContain("unknown");
      }),
      { seed },
    );
  });
});

test("any JSON is judged, or refused in words", () => {
  const types = fc.constantFrom(
    ...settings.baselines.map(({ baseline }) => baseline.resourceType),
    "Microsoft.Resources/deployments",
  );
  const resource = fc.record(
    { type: types, name: fc.jsonValue(), properties: fc.jsonValue(), copy: fc.jsonValue() },
    { requiredKeys: ["type"] },
  );
  const file = fc.oneof(
    fc.jsonValue(),
    fc.record({
      resources: fc.array(fc.oneof(resource, fc.jsonValue())),
      parameters: fc.jsonValue(),
      variables: fc.jsonValue(),
    }),
    fc.record({ planned_values: fc.jsonValue() }),
  );

  fc.assert(
    fc.property(file, (content) => {
      try {
        checkFile({ name: "main.json", text: JSON.stringify(content) }, undefined, settings);
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(UsageError);
      }
    }),
    { seed },
  );
});

function statesWith(given: Partial<Values>): { [baseline: string]: string } {
  const parameters = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, { value }]));
  const { resources } = checkFile(
    { name: "main.json", text: JSON.stringify(template([account])) },
    { name: "given.json", text: JSON.stringify({ parameters }) },
    settings,
  );
  return Object.fromEntries(
    resources.flatMap(({ standings }) => standings.map(({ baseline, state }) => [baseline, state])),
  );
}

function settingsOf(environment: NodeJS.ProcessEnv): Settings {
  const read = readSettings(environment);
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read.settings;
}
