import { type JsonObject, objectAt } from "../json.ts";
import { deleteAtOnce, type PlanContext, type ResourceType } from "../resource-type.ts";

/** What a type has that is its own. */
interface Own extends Pick<ResourceType, "delete"> {
  name: string;
  apiVersions: readonly string[];
  /** Where it is at none in particular: `global`. */
  location?: string;
  /** Below what is seeded. */
  properties?(context: PlanContext): JsonObject;
}

/** A type to be read, listed and deleted alone: what the local Azure has of it is seeded. A delete answers 200 where nothing else is said. */
export function seededType({ name, apiVersions, location = "westus", properties, ...own }: Own): ResourceType {
  return {
    name,
    level: "resourceGroup",
    apiVersions,
    tracked: true,
    delete: deleteAtOnce,
    ...own,
    seed: (context) => ({
      id: context.id,
      type: name,
      body: {
        id: context.id,
        name: context.name,
        type: name,
        location,
        ...context.body,
        properties: { ...properties?.(context), ...objectAt(context.body, "properties") },
      },
    }),
  };
}
