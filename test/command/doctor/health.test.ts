import { describe, expect, test } from "vitest";
import { health } from "../../../command/doctor/health.ts";
import type { Line } from "../../../command/doctor/line.ts";
import type { JsonObject } from "../../../shared/json.ts";
import { ownFormat } from "../../../shared/service/stored-format.ts";
import { armOf } from "../arm-of.ts";
import { startStandIn } from "../service/stand-in.ts";

const [lagoon, fjord] = ["a0000000-0000-4000-8000-000000000002", "a0000000-0000-4000-8000-000000000003"];
const at = "2026-11-23T08:00:00.000Z";
const newer = { journal: ownFormat.journal + 1, tables: ownFormat.tables };
const format = { own: ownFormat, stored: ownFormat };

test("a service that works, with its storage and every subscription connected, is all ok", async () => {
  expect(states(await linesOf({ connections: seen([]) }))).toEqual([
    "ok service",
    "ok app version",
    "ok stored format",
    "ok connections",
  ]);
});

describe("the stored format", () => {
  test("is red where a newer app wrote it, with what to do", async () => {
    const lines = await linesOf({ status: "format-newer", format: { own: ownFormat, stored: newer } });

    expect(lines.filter(({ state }) => state === "red")).toMatchObject([
      { about: "service", found: "It says format-newer." },
      {
        about: "stored format",
        found: `Written by a newer app: journal ${newer.journal}, tables ${newer.tables}. The app that runs knows journal ${ownFormat.journal}, tables ${ownFormat.tables}.`,
        todo: "Deploy the newer version again, by azd deploy --all from its commit; docs/upgrade.md",
      },
    ]);
  });

  test("is a warning where the app that runs knows it, and one that is deployed from here would not", async () => {
    const lines = await linesOf({ format: { own: newer, stored: newer } });

    expect(lines).toContainEqual(
      expect.objectContaining({
        about: "stored format",
        state: "warning",
        todo: expect.stringContaining("Don't deploy"),
      }),
    );
  });

  test("is fine where nothing was written yet", async () => {
    const lines = await linesOf({ format: { own: ownFormat, stored: { journal: 0, tables: 0 } } });

    expect(lines).toContainEqual(
      expect.objectContaining({ state: "ok", found: expect.stringContaining("journal unwritten, tables unwritten") }),
    );
  });
});

describe("connections", () => {
  test("names the subscriptions that the last sweep found not connected, and are not yet", async () => {
    const lines = await linesOf({ connections: seen([lagoon, fjord]) }, { ...without(lagoon), ...without(fjord) });

    expect(lines).toContainEqual({
      about: "connections",
      state: "warning",
      found: `Not connected, as the sweep of ${at} found: ${lagoon}, ${fjord}. What changes there is found by the next sweep.`,
      todo: `azure-encryption-guard connect --subscription ${lagoon}, and so for each`,
    });
  });

  test("leaves out what was connected since the sweep", async () => {
    const lines = await linesOf({ connections: seen([lagoon, fjord]) }, { ...without(lagoon), ...connectedTo(fjord) });

    expect(lines.find(({ about }) => about === "connections")?.found).toContain(`found: ${lagoon}. `);
    expect(lines.find(({ about }) => about === "connections")?.found).not.toContain(fjord);
  });

  test("counts as the sweep found it what who asks may not see", async () => {
    const lines = await linesOf({ connections: seen([lagoon]) }, {});

    expect(lines.find(({ about }) => about === "connections")).toMatchObject({
      state: "warning",
      found: expect.stringContaining(lagoon),
    });
  });

  test("tells with Azure's words where the service may not look", async () => {
    const unknown = { count: 1, subscriptions: [{ subscriptionId: fjord, reason: "AuthorizationFailed: no" }] };
    const lines = await linesOf({ connections: { ...seen([]), unknown } });

    expect(lines.filter(({ state }) => state !== "ok")).toMatchObject([
      { about: "connections", state: "warning", found: expect.stringMatching(`${fjord}. AuthorizationFailed: no`) },
    ]);
  });

  test("is fine before the first sweep, and says so", async () => {
    expect((await linesOf({})).at(-1)).toMatchObject({
      about: "connections",
      state: "ok",
      found: expect.stringContaining("No sweep"),
    });
  });
});

test("warns of what each queue keeps that could not be handled", async () => {
  const kept = { count: 2, reasons: [] };
  const lines = await linesOf({ connections: seen([]), poison: kept, poisonOfEvents: kept, poisonOfSweeps: kept });

  expect(states(lines.filter(({ state }) => state === "warning"))).toEqual([
    "warning queue poison",
    "warning queue poison of events",
    "warning queue poison of sweeps",
  ]);
});

async function linesOf(told: object, answers: { [path: string]: JsonObject } = {}): Promise<Line[]> {
  const body = { status: "healthy", version: "0.1.0", problems: [], format, ...told };
  const service = await startStandIn((route) => (route === "GET /api/health" ? { status: 200, body } : undefined));
  const surroundings = { environment: { FUNCTIONS_URL: service.url, FUNCTIONS_KEY: "k" }, directory: "/nowhere" };
  return health({}, surroundings, { arm: armOf(answers), app: "guard" });
}

function seen(subscriptions: string[]) {
  return { at, notConnected: { count: subscriptions.length, subscriptions }, unknown: { count: 0, subscriptions: [] } };
}

function without(subscriptionId: string): { [path: string]: JsonObject } {
  return { [`/subscriptions/${subscriptionId}/providers/Microsoft.EventGrid/systemTopics`]: { value: [] } };
}

function connectedTo(subscriptionId: string): { [path: string]: JsonObject } {
  const source = `/subscriptions/${subscriptionId}`;
  const id = `${source}/resourceGroups/rg/providers/Microsoft.EventGrid/systemTopics/t`;
  const resourceId =
    "/subscriptions/x/resourceGroups/rg/providers/Microsoft.Web/sites/guard/functions/resource-changed";
  const properties = { provisioningState: "Succeeded", destination: { properties: { resourceId } } };
  return {
    [`${source}/providers/Microsoft.EventGrid/systemTopics`]: { value: [{ id, properties: { source } }] },
    [`${id}/eventSubscriptions`]: { value: [{ properties }] },
  };
}

function states(lines: readonly Line[]): string[] {
  return lines.map(({ state, about }) => `${state} ${about}`);
}
