import { isDeepStrictEqual } from "node:util";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { BoundBaseline, RegisteredBaseline, Resource } from "../../../shared/baselines/baseline.ts";
import { baselines } from "../../../shared/baselines/index.ts";
import { leafPaths } from "../../../shared/json.ts";
import { anyStorageAccount, oddObject } from "./accounts.ts";
import { applied, bound, differingPaths } from "./changes.ts";
import { anySqlDatabase } from "./databases.ts";
import { anyConnection } from "./vpn/connections.ts";

const runs = { seed: 20_240_619, numRuns: 300 };

const anyResource: { [resourceType: string]: fc.Arbitrary<Resource> } = {
  "Microsoft.Storage/storageAccounts": anyStorageAccount,
  "Microsoft.Sql/servers/databases": anySqlDatabase,
  "Microsoft.Synapse/workspaces/sqlPools": anySqlDatabase,
  "Microsoft.Network/connections": anyConnection,
};

const fileProtocolParameters = fc.record({ explicitProtocolSettingAllowed: fc.boolean() }, { requiredKeys: [] });

/** Of those baselines that have parameters. */
const anyParameters: { [id: string]: fc.Arbitrary<object> } = {
  "storage/secure-transfer": fileProtocolParameters,
  "storage/https-only-sas": fileProtocolParameters,
  "vpn/ipsec-policy": fc.record({ preset: fc.constantFrom("cnsa", "interoperable") }, { requiredKeys: [] }),
  "storage/sas-expiration": fc.record(
    {
      maximumDays: fc.integer({ min: 1, max: 365 }),
      expirationAction: fc.constantFrom("Log", "Block"),
      allowSharedKeyAccess: fc.boolean(),
    },
    { requiredKeys: [] },
  ),
};

describe.each(baselines)("$id, whatever the resource and the parameters", (baseline) => {
  test("the fix leaves only findings that are reported", () => {
    holds(baseline, ({ check, fix }, resource) => {
      const reported = check(resource).filter(({ remedy }) => remedy === "report");

      expect(check(applied(resource, fix(resource, {})))).toEqual(reported);
    });
  });

  test("there is a fix exactly where a finding can be fixed", () => {
    holds(baseline, ({ check, fix }, resource) => {
      const isFixable = check(resource).some(({ remedy }) => remedy === "fix");

      expect(fix(resource, {}).length > 0).toBe(isFixable);
    });
  });

  test("a second fix is empty", () => {
    holds(baseline, ({ fix }, resource) => {
      expect(fix(applied(resource, fix(resource, {})), {})).toEqual([]);
    });
  });

  test("the fix changes only what the baseline owns, and findings show nothing else", () => {
    holds(baseline, ({ check, fix }, resource) => {
      const after = applied(resource, fix(resource, {}));

      expect(notOwned(baseline, differingPaths(resource, after))).toEqual([]);
      expect(
        notOwned(
          baseline,
          check(resource).map(({ path }) => path),
        ),
      ).toEqual([]);
    });
  });

  test("a finding shows null where nothing is, never undefined", () => {
    holds(baseline, ({ check }, resource) => {
      for (const { actual } of check(resource)) expect(actual).toBeDefined();
    });
  });

  test("check, fix and guards leave the resource as it is", () => {
    holds(baseline, ({ check, fix, guards }, resource) => {
      const before = structuredClone(resource);

      check(resource);
      fix(resource, {});
      for (const guard of guards) guard.evaluate(resource);

      expect(resource).toEqual(before);
    });
  });

  test("a guard's safe changes touch only what the baseline owns, and quiet the guard", () => {
    holds(baseline, ({ guards }, resource) => {
      for (const guard of guards) {
        const safeChanges = guard.evaluate(resource)?.safeChanges ?? [];
        const after = applied(resource, safeChanges);

        expect(notOwned(baseline, differingPaths(resource, after))).toEqual([]);
        if (safeChanges.length > 0) expect(guard.evaluate(after)).toBeUndefined();
      }
    });
  });

  test("no guard allows the fix without a safe change", () => {
    holds(baseline, ({ guards }, resource) => {
      for (const guard of guards) {
        const verdict = guard.evaluate(resource);
        if (verdict?.allowed) expect(verdict.safeChanges?.length).toBeGreaterThan(0);
      }
    });
  });

  test("nothing throws on a document that is no resource at all", () => {
    const anyDocument = fc.record({ body: oddObject, parts: oddObject }).map((odd) => ({ id: "/odd", ...odd }));

    fc.assert(
      fc.property(anyDocument, parametersOf(baseline), (document, parameters) => {
        const { check, fix, guards } = bound(baseline, parameters);

        const after = applied(document, fix(document, {}));
        for (const guard of guards) guard.evaluate(document);

        expect(check(after).filter(({ remedy }) => remedy === "fix")).toEqual([]);
      }),
      runs,
    );
  });

  test("every path that a patch names is owned", () => {
    holds(baseline, ({ fix }, resource) => {
      for (const { part, patch } of fix(resource, {})) {
        const paths = leafPaths(patch).map((path) => (part === "" ? path : `${part}/${path}`));
        expect(notOwned(baseline, paths)).toEqual([]);
      }
    });
  });
});

/** Asserts something of the baseline for any resource and any parameters. */
function holds(baseline: RegisteredBaseline, assertion: (bound: BoundBaseline, resource: Resource) => void): void {
  const resources = anyResource[baseline.resourceType];
  if (resources === undefined) throw new Error(`no resources of ${baseline.resourceType} to try`);
  fc.assert(
    fc.property(resources, parametersOf(baseline), (resource, parameters) => {
      assertion(bound(baseline, parameters), resource);
    }),
    runs,
  );
}

function parametersOf(baseline: RegisteredBaseline): fc.Arbitrary<object> {
  const parameters = anyParameters[baseline.id];
  if (parameters !== undefined) return parameters;
  // Every parameter has a default: where filling them in gives nothing, there is none.
  if (!isDeepStrictEqual(baseline.parameters.parse({}), {})) throw new Error(`no parameters of ${baseline.id} to try`);
  return fc.constant({});
}

function notOwned(baseline: RegisteredBaseline, paths: string[]): string[] {
  return paths.filter((path) => !baseline.owns.includes(path));
}
