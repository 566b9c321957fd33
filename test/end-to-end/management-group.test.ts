import { afterAll, beforeAll, expect, test } from "vitest";
import { rolesOf } from "../../scripts/infra/roles.ts";
import { baselines } from "../../shared/baselines/index.ts";
import { run } from "../command/run.ts";
import { healthSchema } from "./answers.ts";
import { eventually } from "./eventually.ts";
import { assign } from "./guard-role.ts";
import { accountId, enforceAll, group, seedAccount, serviceId, startWorld, type World, writeEvent } from "./world.ts";

/** The service's own, outside the group: it holds no role there. */
const home = "a0000000-0000-4000-8000-000000000010";
/** In a group that lies in the group of the scope. */
const deep = "a0000000-0000-4000-8000-000000000011";
const outside = "a0000000-0000-4000-8000-000000000012";
/** Moved into the group while the service runs. */
const late = "a0000000-0000-4000-8000-000000000013";
const lines = "/providers/Microsoft.Management/managementGroups/lines";
const person = "c0000000-0000-4000-8000-000000000001";
const weakTls = { minimumTlsVersion: "TLS1_0" };
const readSeconds = 2;

let world: World;
/** What queries of Resource Graph named, as they came. */
const queries: string[] = [];

beforeAll(async () => {
  const { managementGroup, subscription, read, fixes } = rolesOf(baselines);
  world = await startWorld(
    { ...enforceAll, SCOPES: lines, SCOPES_READ_SECONDS: String(readSeconds) },
    {
      subscriptions: [
        { subscriptionId: home, displayName: "Platform" },
        { subscriptionId: deep, displayName: "Polaris Cruises", managementGroup: "cruises" },
        { subscriptionId: outside, displayName: "Somebody else", managementGroup: "elsewhere" },
        { subscriptionId: late, displayName: "Lagoon Lines" },
      ],
      managementGroups: [{ name: "cruises", parent: "lines" }],
      prepare(arm) {
        for (const id of [home, deep, outside, late]) assign(arm, `/subscriptions/${id}`, person, ["*"]);
        assign(arm, lines, person, ["*"]);
        // As infra/management-group gives them.
        assign(arm, lines, serviceId, [...managementGroup, ...subscription, ...read]);
        for (const actions of fixes.values()) assign(arm, lines, serviceId, actions);
        arm.observe(({ path, body }) => {
          if (/\/Microsoft\.ResourceGraph\/resources$/i.test(path)) queries.push(body);
          return undefined;
        });
      },
    },
  );
});
afterAll(() => world?.close());

function weakAccount(name: string, subscription: string): string {
  return seedAccount(world, name, weakTls, {}, accountId(name, group, subscription));
}

/** What was asked of Azure that names a subscription, in its path by the service, or in a query by anybody. */
function askedAbout(subscription: string): string[] {
  const asked = world.requests(`/subscriptions/${subscription}`).map(({ method, path }) => `${method} ${path}`);
  return [...asked, ...queries.filter((query) => query.includes(subscription))];
}

test("an account in a subscription deep in the group is fixed by roles that hang at the group alone", async () => {
  const id = weakAccount("polaris", deep);

  await world.personIn(deep).storageAccounts.update(group, "polaris", { minimumTlsVersion: "TLS1_0" });

  await world.remediation(id, "remediated");
  expect(world.stored(id)).toMatchObject({ properties: { minimumTlsVersion: "TLS1_2" } });
});

test("one in a subscription outside is counted, and its subscription is never asked about", async () => {
  const id = weakAccount("foreign", outside);
  const before = await outOfScope();

  await world.deliver(writeEvent(id));

  await eventually(async () => (await outOfScope()) === before + 1, "the event to be counted");
  await world.quiet();
  expect(askedAbout(outside)).toEqual([]);
  expect(world.stored(id)).toMatchObject({ properties: weakTls });
});

test("a subscription that is moved into the group is served once the answer that was kept ran out", async () => {
  const id = weakAccount("lagoon", late);
  const before = await outOfScope();
  await world.deliver(writeEvent(id));
  await eventually(async () => (await outOfScope()) === before + 1, "the event to be counted");
  expect(askedAbout(late)).toEqual([]);

  world.azure.arm.moveToGroup(late, "lines");

  await eventually(async () => {
    await world.deliver(writeEvent(id));
    return world.lines.some(({ resourceId, outcome }) => resourceId === id && outcome === "remediated");
  }, "the account to be fixed");
  expect(world.stored(id)).toMatchObject({ properties: { minimumTlsVersion: "TLS1_2" } });
});

test("a sweep finds what no event told, by one listing of the group for each type", async () => {
  const id = weakAccount("untold", deep);
  const before = queries.length;

  await world.fire("sweep");

  await world.remediation(id, "remediated");
  const listings = queries.slice(before).filter((query) => /storageAccounts/i.test(query));
  expect(listings).toEqual([expect.stringContaining('"managementGroups":["lines"]')]);
  await world.quiet();
  expect(askedAbout(outside)).toEqual([]);
});

test("health shows the group, and how many subscriptions it holds", async () => {
  const { status, body } = await world.get("/api/health");

  expect(status).toBe(200);
  expect(healthSchema.parse(body)).toMatchObject({
    scopes: [{ managementGroup: "lines" }],
    managementGroups: [{ managementGroup: "lines", subscriptions: 2, readAt: expect.any(String) }],
  });
});

test("the command judges and reports the group, and has the service judge it; another group is out of scope", async () => {
  const id = weakAccount("commanded", deep);
  const command = (...line: string[]) => run(line, world.azure.environment);

  const checked = await command("check", lines);
  const reported = await command("report", "--scope", lines, "--output", "csv");
  const dry = await command("sweep", "--dry-run");
  const foreign = await command("sweep", "/providers/Microsoft.Management/managementGroups/elsewhere");

  expect(checked.code, checked.error.join("\n")).toBe(2);
  expect(checked.out).toContain(id);
  expect(checked.out.join("\n")).not.toContain(outside);
  expect(reported.code, reported.error.join("\n")).toBe(0);
  expect(reported.out.join("\n")).toContain(id);
  expect(dry.out.join("\n")).toContain("commanded");
  expect(foreign.error.join("\n")).toContain("out-of-scope");
});

async function outOfScope(): Promise<number> {
  return healthSchema.parse((await world.get("/api/health")).body).counters["out-of-scope"] ?? 0;
}
