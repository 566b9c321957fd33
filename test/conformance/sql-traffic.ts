import type { JsonObject } from "../../emulator/arm/json.ts";
import { group, subscriptionId } from "../emulator/arm/local-arm.ts";

const server = `${group}/providers/Microsoft.Sql/servers/contoso`;
const other = `${server}-geo`;
const database = `${server}/databases/guests`;
const pool = `${server}/databases/pool`;
const serverless = `${server}/databases/serverless`;
const location = "westus";
const login = { administratorLogin: "ops", administratorLoginPassword: "FAKE-password" };

/** Traffic over all of Microsoft.Sql: method, path, body. */
export const sqlTraffic: [string, string, JsonObject?][] = [
  ["PUT", server, { location, identity: { type: "SystemAssigned" }, properties: login }],
  ["PUT", other, { location, properties: { ...login, minimalTlsVersion: "1.2" } }],
  ["PATCH", server, { properties: { minimalTlsVersion: "1.2" } }],
  ["GET", server],
  ["GET", `${group}/providers/Microsoft.Sql/servers`],
  ["GET", `/subscriptions/${subscriptionId}/providers/Microsoft.Sql/servers`],
  ["PUT", database, { location, sku: { name: "S0" } }],
  ["PUT", pool, { location, sku: { name: "DW100c" } }],
  ["PUT", serverless, { location, sku: { name: "GP_S_Gen5", capacity: 1 }, properties: { autoPauseDelay: 60 } }],
  ["PATCH", database, { tags: { team: "a" } }],
  ["GET", database],
  ["GET", `${server}/databases`],
  ["GET", `${database}/transparentDataEncryption/current`],
  ["GET", `${database}/transparentDataEncryption`],
  ["PUT", `${database}/transparentDataEncryption/current`, { properties: { state: "Disabled" } }],
  ["PUT", `${database}/transparentDataEncryption/current`, { properties: { state: "Enabled" } }],
  ["PUT", `${server}/databases/master/transparentDataEncryption/current`, { properties: { state: "Enabled" } }],
  ["POST", `${pool}/pause`],
  ["GET", pool],
  ["POST", `${pool}/resume`],
  [
    "PUT",
    `${other}/databases/guests`,
    { location, properties: { createMode: "Secondary", sourceDatabaseId: database } },
  ],
  ["GET", `${other}/databases/guests`],
  ["GET", `${database}/replicationLinks`],
  ["DELETE", database],
  ["DELETE", database],
  ["GET", database],
  ["DELETE", server],
];
