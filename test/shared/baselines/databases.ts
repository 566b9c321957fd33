import * as fc from "fast-check";
import type { Resource } from "../../../shared/baselines/baseline.ts";
import type { Json, JsonObject } from "../../../shared/json.ts";
import { oddJson } from "./accounts.ts";

const servers =
  "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/cruises/providers/Microsoft.Sql/servers";
const databaseId = `${servers}/guests/databases/bookings`;

/** A database whose encryption was read, with these parts beside it. */
export function sqlDatabase(state: Json, parts: Resource["parts"] = {}, id = databaseId): Resource {
  return { id, body: {}, parts: { transparentDataEncryption: encryption(state), ...parts } };
}

/** The part `database` with these properties beside its status. */
export function databasePart(properties: JsonObject = {}): JsonObject {
  return {
    id: databaseId,
    name: "bookings",
    tags: { owner: "booking" },
    properties: { status: "Online", ...properties },
  };
}

/** A replication link as the database with this role sees it. */
export function replicationLink(role: string, properties: JsonObject = {}): JsonObject {
  return { properties: { role, partnerServer: "guests-east", partnerDatabase: "bookings", ...properties } };
}

/** Databases of every kind, also such as no api-version would ever answer. */
export const anySqlDatabase: fc.Arbitrary<Resource> = fc
  .record({
    id: fc.constantFrom(databaseId, `${servers}/guests/databases/master`),
    encryption: fc.oneof(fc.constantFrom("Enabled", "Disabled").map(encryption), oddJson),
    secondaryType: fc.oneof(fc.constantFrom("Geo", "Named", "Standby"), oddJson),
    links: fc.oneof(fc.array(fc.constantFrom("Primary", "Secondary").map((role) => replicationLink(role))), oddJson),
  })
  .map(({ id, encryption, secondaryType, links }) => ({
    id,
    body: {},
    parts: {
      transparentDataEncryption: encryption,
      database: databasePart({ secondaryType }),
      replicationLinks: links,
    },
  }));

function encryption(state: Json): JsonObject {
  return { name: "Current", properties: { state } };
}
