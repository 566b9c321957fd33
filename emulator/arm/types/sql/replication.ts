import { isJsonObject, type JsonObject, objectAt, textAt } from "../../json.ts";
import { locationNames } from "../../locations.ts";
import { isAtOrBelow, nameOf, parentId } from "../../resource-id.ts";
import type { ResourceStore, StoredResource } from "../../store.ts";
import { databaseType, withProperties } from "./database-body.ts";
import { encryptionOf, encryptionWith } from "./encryption-state.ts";

export const replicationLinkType = "Microsoft.Sql/servers/databases/replicationLinks";

/** One end of a replication, as a database sees it. */
interface End {
  linkId: string;
  startTime: string;
  role: "Primary" | "Secondary";
  partner: string;
  /** GEO, NAMED or STANDBY. */
  linkType: string;
}

/**
 * The replication links of a database. Nothing is stored for them: a secondary knows its primary (`hidden.secondary`), and
 * both ends' links follow from that. The wire has no `type` (recording sql-geo-replica).
 */
export function linksOf(store: ResourceStore, databaseId: string): StoredResource[] {
  const own = store.get(databaseId);
  if (!own) return [];
  const ends = [
    ...[own].flatMap((database) => endOf(database, "Secondary", textAt(secondaryOf(database), "source"))),
    ...secondariesOf(store, own.id).flatMap((database) => endOf(database, "Primary", database.id)),
  ];
  return ends.map((end) => link(store, own.id, end));
}

/** The databases that replicate from this one. */
export function secondariesOf(store: ResourceStore, databaseId: string): StoredResource[] {
  return store
    .ofType(databaseType)
    .filter((database) => textAt(secondaryOf(database), "source")?.toLowerCase() === databaseId.toLowerCase());
}

/** What changes when a database fails over to one of its secondaries: both swap, the other secondaries follow. */
export function swapped(store: ResourceStore, secondaryId: string): StoredResource[] {
  const secondary = store.get(secondaryId);
  const primary = store.get(textAt(secondaryOf(secondary), "source") ?? "");
  if (!secondary || !primary) return [];
  const follow = (database: StoredResource) => ({
    ...database,
    hidden: { ...database.hidden, secondary: { ...secondaryOf(database), source: secondary.id } },
  });
  const secondaryType = textAt(objectAt(secondary.body, "properties"), "secondaryType");
  const others = secondariesOf(store, primary.id).filter(({ id }) => id !== secondary.id);
  const demoted = { ...primary, hidden: { ...primary.hidden, secondary: secondaryOf(secondary) } };
  return [...promoted(store, secondary), withProperties(follow(demoted), { secondaryType }), ...others.map(follow)];
}

/** The secondary on its own, with the encryption that it had. */
export function promoted(store: ResourceStore, secondary: StoredResource): StoredResource[] {
  const { secondary: _source, ...hidden } = secondary.hidden ?? {};
  const encryption = encryptionWith(secondary.id, encryptionOf(store, secondary));
  return [withProperties({ ...secondary, hidden }, { secondaryType: undefined }), encryption];
}

/** What the deletion of a primary, or of all below a server, leaves of the secondaries elsewhere. */
export function detachSecondaries(store: ResourceStore, deletedId: string): StoredResource[] {
  return store
    .ofType(databaseType)
    .filter(({ id }) => !isAtOrBelow(id, deletedId))
    .filter((database) => {
      const source = textAt(secondaryOf(database), "source");
      return source !== undefined && isAtOrBelow(source, deletedId);
    })
    .flatMap((database) => promoted(store, database));
}

function secondaryOf(database: StoredResource | undefined): JsonObject {
  return objectAt(database?.hidden, "secondary");
}

/** @param database The secondary, which knows of the link. */
function endOf(database: StoredResource, role: End["role"], partner: string | undefined): End[] {
  const known = database.hidden?.secondary;
  if (!isJsonObject(known) || !partner) return [];
  const type = textAt(objectAt(database.body, "properties"), "secondaryType") ?? "Geo";
  const [linkId = "", startTime = ""] = [textAt(known, "linkId"), textAt(known, "startTime")];
  return [{ linkId, startTime, role, partner, linkType: type.toUpperCase() }];
}

function link(store: ResourceStore, databaseId: string, end: End): StoredResource {
  const id = `${databaseId}/replicationLinks/${end.linkId}`;
  const location = textAt(store.get(end.partner)?.body, "location") ?? "";
  const properties = {
    partnerServer: nameOf(parentId(end.partner)),
    partnerDatabase: nameOf(end.partner),
    partnerLocation: locationNames[location] ?? location,
    role: end.role,
    partnerRole: end.role === "Primary" ? "Secondary" : "Primary",
    replicationMode: "ASYNC",
    startTime: end.startTime,
    percentComplete: 100,
    replicationState: "CATCH_UP",
    isTerminationAllowed: true,
    linkType: end.linkType,
  };
  return { id, type: replicationLinkType, body: { properties, id, name: end.linkId } };
}
