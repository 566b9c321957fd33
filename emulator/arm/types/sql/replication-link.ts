import { objectAt, textAt } from "../../json.ts";
import { parentId } from "../../resource-id.ts";
import type { ActionPlan, DeletePlan, PlanContext, ResourceType } from "../../resource-type.ts";
import type { ResourceStore, StoredResource } from "../../store.ts";
import { sqlError } from "./errors.ts";
import { startOperation } from "./operation.ts";
import { linksOf, promoted, replicationLinkType, secondariesOf, swapped } from "./replication.ts";
import { sqlApiVersions } from "./server.ts";

/** The links between a database and its secondaries, seen from either end (recording sql-geo-replica). */
export const replicationLinks: ResourceType = {
  name: replicationLinkType,
  level: "resourceGroup",
  apiVersions: sqlApiVersions,
  implicit: ({ id, store }) => linksOf(store, parentId(id)).find((link) => link.id.toLowerCase() === id.toLowerCase()),
  list: (scope, { store }) => linksOf(store, scope),
  delete: remove,
  actions: {
    failover: { name: "failover", perform: failover },
    forcefailoverallowdataloss: { name: "forceFailoverAllowDataLoss", perform: failover },
  },
};

/** A failover is asked of the secondary, which is the primary 15 s later. */
function failover(context: PlanContext, link: StoredResource): ActionPlan {
  const { store, now } = context;
  const properties = objectAt(link.body, "properties");
  if (properties.role !== "Secondary") throw sqlError("GeoReplicationDatabaseNotSecondary");
  const { status, body, operation } = startOperation(
    {
      id: link.id,
      location: locationOf(store, link),
      kind: "replicationLinks",
      name: "FailoverContinuousCopy",
      seconds: 15,
      now,
    },
    {
      changes: (current) => swapped(current, databaseOf(link)),
      result: {
        status: 200,
        body: { ...link.body, properties: { ...properties, role: "Primary", partnerRole: "Secondary" } },
      },
    },
  );
  return { answer: { status, body }, operation };
}

/** Ends the replication: the secondary goes on alone. Done by the first poll in the recording. */
function remove({ store, now }: PlanContext, link: StoredResource): DeletePlan {
  return startOperation(
    {
      id: link.id,
      location: locationOf(store, link),
      kind: "replicationLinks",
      name: "ForceStopDatabaseCopy",
      seconds: 0,
      now,
    },
    {
      result: { status: 200 },
      changes: (current) => {
        const own = current.get(databaseOf(link));
        const ends = [...(own ? [own] : []), ...secondariesOf(current, databaseOf(link))];
        const secondary = ends.find(({ hidden }) => textAt(objectAt(hidden, "secondary"), "linkId") === link.body.name);
        return secondary ? promoted(current, secondary) : [];
      },
    },
  );
}

function databaseOf(link: StoredResource): string {
  return parentId(link.id);
}

function locationOf(store: ResourceStore, link: StoredResource): string {
  return textAt(store.get(databaseOf(link))?.body, "location") ?? "";
}
