import { providerError } from "../../errors.ts";
import { objectAt, pick, textAt } from "../../json.ts";
import type { ActionPlan, PlanContext, ResourceAction } from "../../resource-type.ts";
import type { StoredResource } from "../../store.ts";
import { withProperties } from "./database-body.ts";
import { startOperation } from "./operation.ts";

/** Pausing and resuming a dedicated SQL pool (recording sql-dedicated-pool); other databases have no such switch. */
export const databaseActions: Readonly<Record<string, ResourceAction>> = {
  pause: {
    name: "pause",
    perform: (context, pool) =>
      change(context, pool, { name: "DeactivateDatabaseAsync", seconds: 610, during: "Pausing", status: "Paused" }),
  },
  resume: {
    name: "resume",
    perform: (context, pool) =>
      change(context, pool, { name: "ActivateDatabaseAsync", seconds: 115, during: "Resuming", status: "Online" }),
  },
};

interface Change {
  name: string;
  seconds: number;
  during: string;
  status: string;
}

function change({ now }: PlanContext, pool: StoredResource, { name, seconds, during, status }: Change): ActionPlan {
  if (!textAt(pool.body, "kind")?.includes("datawarehouse")) throw notForThisEdition(pool);
  const completed = withProperties(pool, { status });
  const started = startOperation(
    {
      id: pool.id,
      location: textAt(pool.body, "location") ?? "",
      kind: "database",
      name,
      seconds,
      now,
      withoutGroup: true,
    },
    { completed, afterFailure: pool, result: { status: 200, body: resultOf(completed) } },
  );
  return {
    answer: { status: started.status, body: started.body },
    resource: withProperties(pool, { status: during }),
    operation: started.operation,
  };
}

/** The result is less than what a GET answers, with an empty sku (recorded). */
function resultOf({ body }: StoredResource) {
  const shown = [
    "collation",
    "maxSizeBytes",
    "status",
    "databaseId",
    "creationDate",
    "currentServiceObjectiveName",
    "defaultSecondaryLocation",
    "catalogCollation",
  ];
  return { ...body, sku: {}, properties: pick(objectAt(body, "properties"), shown) };
}

/** The sentence is that of a public report (Azure/azure-cli issue 5705), the code the swagger's. */
function notForThisEdition({ body }: StoredResource) {
  const message = `This feature is not available for the selected database's edition (${textAt(body, "name")}).`;
  return providerError(400, "FeatureDisabledOnSelectedEdition", message);
}
