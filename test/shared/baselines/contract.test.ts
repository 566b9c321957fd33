import { readdir, readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { baselinePagesFolder, renderBaselinePages } from "../../../scripts/docs/baselines.ts";
import type { RegisteredBaseline, Resource } from "../../../shared/baselines/baseline.ts";
import { baselines, baselinesOf, findBaseline } from "../../../shared/baselines/index.ts";
import { httpsOnlySas } from "../../../shared/baselines/storage/https-only-sas.ts";
import { minimumTls } from "../../../shared/baselines/storage/minimum-tls.ts";
import { sasExpiration } from "../../../shared/baselines/storage/sas-expiration.ts";
import { secureTransfer } from "../../../shared/baselines/storage/secure-transfer.ts";
import { isJsonObject, leafPaths } from "../../../shared/json.ts";
import { storageAccount, weakProperties } from "./accounts.ts";
import { applied, bound, differingPaths } from "./changes.ts";
import { sqlDatabase } from "./databases.ts";
import { connection, pair, weak } from "./vpn/connections.ts";

const baselinesFolder = new URL("../../../shared/baselines/", import.meta.url);

/** Resources with findings to fix, by type: one with nothing set, and one as Azure answers it. */
const violating: { [resourceType: string]: Resource[] } = {
  "Microsoft.Storage/storageAccounts": [{ id: "/empty", body: {}, parts: {} }, storageAccount(weakProperties)],
  "Microsoft.Sql/servers/databases": [{ id: "/empty", body: {}, parts: {} }, sqlDatabase("Disabled")],
  "Microsoft.Network/connections": [
    connection({ ipsecPolicies: [] }),
    connection({ ipsecPolicies: [weak], connectionStatus: "NotConnected" }),
    pair([], []),
  ],
  "Microsoft.Synapse/workspaces/sqlPools": [{ id: "/empty", body: {}, parts: {} }, sqlDatabase("Disabled")],
};

describe("the registry", () => {
  test("holds every baseline that a file of its folders defines, and nothing else", async () => {
    const defined = await definedBaselines();

    expect(defined.map(({ baseline }) => baseline.id).sort()).toEqual(baselines.map(({ id }) => id).sort());
    for (const { baseline } of defined) expect(baselines).toContain(baseline);
  });

  test("names each baseline after its folder and file", async () => {
    for (const { baseline, file } of await definedBaselines()) expect(`${baseline.id}.ts`).toBe(file);
  });

  test("has no id twice", () => {
    const ids = baselines.map(({ id }) => id);

    expect(new Set(ids).size).toBe(ids.length);
  });

  test("gives the baselines of a type, the strongest first, whatever the type's case", () => {
    const found = baselinesOf("microsoft.storage/STORAGEACCOUNTS");

    const strongestFirst = [secureTransfer, httpsOnlySas, minimumTls, sasExpiration];
    expect(found.filter((baseline) => strongestFirst.includes(baseline))).toEqual(strongestFirst);
    expect(found).toEqual(baselines.filter(({ resourceType }) => resourceType === "Microsoft.Storage/storageAccounts"));
  });

  test("gives no baselines of a type that has none", () => {
    expect(baselinesOf("Microsoft.Storage/storageAccounts/blobServices")).toEqual([]);
  });

  test("finds a baseline by its id", () => {
    expect(findBaseline("storage/minimum-tls")?.id).toBe("storage/minimum-tls");
    expect(findBaseline("storage/unheard-of")).toBeUndefined();
  });
});

describe.each(baselines)("$id", (baseline) => {
  const resources = violating[baseline.resourceType] ?? [];

  test("has resources of its type to be tried on", () => {
    expect(resources.length).toBeGreaterThan(0);
  });

  test("finds something to fix, and its fix makes its own check pass", () => {
    const { check, fix } = bound(baseline);

    for (const resource of resources) {
      expect(check(resource).some(({ remedy }) => remedy === "fix")).toBe(true);
      expect(check(applied(resource, fix(resource, {}))).filter(({ remedy }) => remedy === "fix")).toEqual([]);
    }
  });

  test("has nothing to fix a second time", () => {
    const { fix } = bound(baseline);

    for (const resource of resources) expect(fix(applied(resource, fix(resource, {})), {})).toEqual([]);
  });

  test("changes only what it owns", () => {
    const { fix } = bound(baseline);

    for (const resource of resources) {
      const changes = fix(resource, {});

      expect(baseline.owns).toEqual(expect.arrayContaining(differingPaths(resource, applied(resource, changes))));
      for (const { part, patch } of changes) {
        const paths = leafPaths(patch).map((path) => (part === "" ? path : `${part}/${path}`));
        expect(baseline.owns).toEqual(expect.arrayContaining(paths));
      }
    }
  });

  test("shows in findings only what it owns", () => {
    const { check } = bound(baseline);

    for (const { path } of resources.flatMap(check)) expect(baseline.owns).toContain(path);
  });

  test("has a default and a description for every parameter, and refuses any other", () => {
    const schema: unknown = z.toJSONSchema(baseline.parameters, { io: "input" });
    const properties = isJsonObject(schema) && isJsonObject(schema.properties) ? schema.properties : {};

    for (const parameter of Object.values(properties)) {
      expect(parameter).toHaveProperty("default");
      expect(parameter).toHaveProperty("description");
    }
    expect(baseline.bind({}).ok).toBe(true);
    expect(baseline.bind({ parameterThatNobodyHas: true }).ok).toBe(false);
  });

  test("asks for no permission that gives out keys or more than one action", () => {
    const permissions = [...baseline.readPermissions, ...baseline.fixPermissions];

    expect(permissions.length).toBeGreaterThan(0);
    for (const permission of permissions) {
      expect(permission).not.toMatch(/listKeys|listAccountSas|listServiceSas|sharedKey|regenerateKey|\*/i);
    }
    for (const permission of baseline.readPermissions) expect(permission).toMatch(/\/read$/);
  });

  test("asks for the permissions that its guards' parts need", () => {
    const partPermissions: { [part: string]: string } = {
      fileServices: "Microsoft.Storage/storageAccounts/fileServices/read",
      fileShares: "Microsoft.Storage/storageAccounts/fileServices/shares/read",
      gateway: "Microsoft.Network/virtualNetworkGateways/read",
      database: "Microsoft.Sql/servers/databases/read",
      replicationLinks: "Microsoft.Sql/servers/databases/replicationLinks/read",
    };

    const needed = baseline.guards.flatMap(({ parts }) => parts).map((part) => partPermissions[part]);

    expect(baseline.readPermissions).toEqual(expect.arrayContaining(needed));
  });

  test("names only operations of its own resource type, its write among them", () => {
    const names = baseline.operations.map(({ name }) => name);

    expect(names).toContain(`${baseline.resourceType}/write`);
    for (const name of names) expect(name.startsWith(`${baseline.resourceType}/`)).toBe(true);
  });

  test("says what it protects, what compliant means and what the fix can break", () => {
    for (const text of [baseline.title, baseline.protects, baseline.compliant, baseline.mayBreak]) {
      expect(text).not.toBe("");
    }
  });
});

describe("docs/baselines", () => {
  test("is what the baselines say (node scripts/docs/baselines.ts writes it anew)", async () => {
    const pages = renderBaselinePages(baselines);

    const written = new Map<string, string>();
    for (const name of await readdir(baselinePagesFolder)) {
      written.set(name, await readFile(new URL(name, baselinePagesFolder), "utf8"));
    }

    expect([...written.keys()].sort()).toEqual([...pages.keys()].sort());
    for (const [name, text] of pages) expect(written.get(name)).toBe(text);
  });
});

/** Every baseline that a file in a provider's folder exports, with the file's path inside shared/baselines/. */
async function definedBaselines(): Promise<{ baseline: RegisteredBaseline; file: string }[]> {
  const entries = await readdir(baselinesFolder, { recursive: true });
  const files = entries.filter((file) => /^[^/]+\/.+\.ts$/.test(file));
  const found = await Promise.all(
    files.map(async (file) => {
      const module: { [name: string]: unknown } = await import(new URL(file, baselinesFolder).href);
      return Object.values(module)
        .filter(isBaseline)
        .map((baseline) => ({ baseline, file }));
    }),
  );
  return found.flat();
}

function isBaseline(value: unknown): value is RegisteredBaseline {
  return typeof value === "object" && value !== null && "bind" in value && "resourceType" in value;
}
