import { describe, expect, test } from "vitest";
import type { Resource } from "../../../../shared/baselines/baseline.ts";
import { transparentDataEncryption } from "../../../../shared/baselines/sql/transparent-data-encryption.ts";
import type { Json } from "../../../../shared/json.ts";
import { bound } from "../changes.ts";
import { databasePart, replicationLink, sqlDatabase } from "../databases.ts";

const { check, fix, guards, unsupported } = bound(transparentDataEncryption);
const path = "transparentDataEncryption/properties.state";

function followsItsPrimary(resource: Resource) {
  return guards.find(({ id }) => id === "follows-its-primary")?.evaluate(resource);
}

function related(properties = {}, links: Json = []): Resource {
  return sqlDatabase("Disabled", { database: databasePart(properties), replicationLinks: links });
}

describe("check", () => {
  test("finds nothing where encryption is on", () => {
    expect(check(sqlDatabase("Enabled"))).toEqual([]);
  });

  test.each<{ state: Json }>([
    { state: "Disabled" },
    { state: "enabled" },
    { state: "" },
    { state: null },
    { state: true },
  ])("finds $state, which is not on", ({ state }) => {
    expect(check(sqlDatabase(state))).toMatchObject([{ path, expected: "Enabled", actual: state, remedy: "fix" }]);
  });

  test("counts a state that was not read as off, and shows null", () => {
    expect(check({ id: "/db", body: {}, parts: {} })).toMatchObject([{ actual: null, remedy: "fix" }]);
  });
});

describe("fix", () => {
  test("turns encryption on, and sends nothing else", () => {
    expect(fix(sqlDatabase("Disabled"), {})).toEqual([
      { part: "transparentDataEncryption", patch: { properties: { state: "Enabled" } } },
    ]);
  });
});

describe("master", () => {
  test.each(["master", "MASTER"])("is left alone, as %s too", (name) => {
    expect(unsupported?.({ id: `/x/servers/s/databases/${name}`, body: {}, parts: {} })).toContain("system database");
  });

  test.each(["masters", "webmaster"])("is not %s", (name) => {
    expect(unsupported?.({ id: `/x/servers/s/databases/${name}`, body: {}, parts: {} })).toBeUndefined();
  });
});

describe("a guard lets the fix of a database pass", () => {
  test("that stands alone", () => {
    expect(followsItsPrimary(related())).toBeUndefined();
  });

  test("that is the primary of others", () => {
    expect(followsItsPrimary(related({}, [replicationLink("Primary")]))).toBeUndefined();
  });
});

describe("a guard leaves a secondary alone", () => {
  test.each(["Geo", "Named", "Standby"])("of the type %s, also where no link tells its primary", (secondaryType) => {
    const verdict = followsItsPrimary(related({ secondaryType }));

    expect(verdict).toMatchObject({ leaveAlone: true, allowed: false });
    expect(verdict).not.toHaveProperty("leadsTo");
  });

  test("and leads to the primary that the link names by id", () => {
    const primary = "/subscriptions/s/resourceGroups/other/providers/Microsoft.Sql/servers/b/databases/bookings";

    const verdict = followsItsPrimary(related({}, [replicationLink("Secondary", { partnerDatabaseId: primary })]));

    expect(verdict).toMatchObject({ leaveAlone: true, leadsTo: primary });
  });

  test("and leads to the server and database that an older link names, in its own group", () => {
    const links = [replicationLink("Primary"), replicationLink("Secondary", { partnerServer: "guests-west" })];

    expect(followsItsPrimary(related({ secondaryType: "Geo" }, links))?.leadsTo).toMatch(
      /\/resourceGroups\/cruises\/providers\/Microsoft\.Sql\/servers\/guests-west\/databases\/bookings$/,
    );
  });
});
