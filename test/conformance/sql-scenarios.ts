import type { JsonObject } from "../../emulator/arm/index.ts";
import type { Scenario } from "./recordings.ts";

const group = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/clitest.rg000001";
const tags = { product: "azurecli", cause: "automation", test: "t", date: "2024-04-16T10:28:35Z", module: "sql" };
const primary = `${group}/providers/Microsoft.Sql/servers/clitestserver000003/databases/cliautomationdb011`;
const second = `${group}/providers/Microsoft.Sql/servers/clitestserver000004/databases/cliautomationdb02`;
const third = primary.replace("rg000001", "rg000002").replace("server000003", "server000005");
const location = "westeurope";

/** What was recorded of Microsoft.Sql. The recording of geo-replication lacks the calls that made the last two secondaries. */
export const sqlScenarios: Scenario[] = [
  { recording: "sql-tde", seeds: [[group, { location: "eastus" }]] },
  { recording: "sql-dedicated-pool", seeds: [[group, { location }]] },
  { recording: "sql-server-tls", seeds: [[group, { location: "eastus", tags }]] },
  {
    recording: "sql-geo-replica",
    seeds: [
      server(primary),
      server(second),
      server(third),
      [primary, { location }],
      [second, secondary("09f76107-7b0d-475b-868a-423749c6aa5c")],
      [third, secondary("6d2e9a35-d1f8-44c2-a591-8500b184c1f1")],
    ],
  },
];

function server(database: string): [string, JsonObject] {
  return [
    database.slice(0, database.indexOf("/databases")),
    { location, properties: { administratorLogin: "admin123" } },
  ];
}

function secondary(replicationLinkId: string) {
  return { location, replicationLinkId, properties: { createMode: "Secondary", sourceDatabaseId: primary } };
}
