import { afterEach, describe, expect, test, vi } from "vitest";
import { routes } from "../../shared/access/routes.ts";

interface Registered {
  name: string;
  options: { methods?: string[]; route?: string; authLevel?: string };
}

const entra = {
  ENTRA_TENANT_ID: "72f988bf-0000-4000-8000-000000000001",
  ENTRA_AUDIENCE: "b0000000-0000-4000-8000-0000000000b1",
};

afterEach(() => vi.unstubAllEnvs());

/** Loads all functions as the host does, with these app settings, and gives the HTTP ones. */
async function registered(settings: { [name: string]: string }): Promise<Registered[]> {
  for (const [name, value] of Object.entries(settings)) vi.stubEnv(name, value);
  const found: Registered[] = [];
  const other = () => undefined;
  const http = (name: string, options: Registered["options"]) => void found.push({ name, options });
  vi.resetModules();
  vi.doMock("@azure/functions", () => ({
    app: { http, timer: other, storageQueue: other, eventGrid: other },
  }));
  await import("../../functions/index.ts");
  return found;
}

test("every HTTP function is a route of the table, called as the table says, and the other way round", async () => {
  const found = await registered({});

  const told = Object.entries(routes).map(([name, { method, path }]) => `${name}: ${method} ${path}`);
  expect(found.map(({ name, options }) => `${name}: ${options.methods} ${options.route}`).sort()).toEqual(told.sort());
});

describe("the host asks for a function key on every route", () => {
  test.each<[string, { [name: string]: string }]>([
    ["without settings of Entra", {}],
    ["with half of them", { ENTRA_TENANT_ID: entra.ENTRA_TENANT_ID }],
    ["with a wrong one", { ...entra, ENTRA_AUDIENCE: "guard" }],
  ])("%s", async (_when, settings) => {
    const found = await registered(settings);

    expect(new Set(found.map(({ options }) => options.authLevel))).toEqual(new Set(["function"]));
  });
});

test("the host lets callers through to the app on every route where they sign in", async () => {
  const found = await registered(entra);

  expect(new Set(found.map(({ options }) => options.authLevel))).toEqual(new Set(["anonymous"]));
});
