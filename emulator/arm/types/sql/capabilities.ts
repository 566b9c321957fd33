import type { Json, JsonObject } from "../../json.ts";
import type { ResourceType } from "../../resource-type.ts";
import { performanceOf } from "./performance.ts";
import { sqlApiVersions } from "./server.ts";

/** Objectives that `az sql db create --edition --family --capacity --compute-model` may choose from. */
const objectives: Readonly<Record<string, readonly string[]>> = {
  GeneralPurpose: ["GP_Gen5_2", "GP_Gen5_4", "GP_S_Gen5_1", "GP_S_Gen5_2"],
  BusinessCritical: ["BC_Gen5_2", "BC_Gen5_4"],
  Hyperscale: ["HS_Gen5_2", "HS_Gen5_4", "HS_S_Gen5_2"],
  Basic: ["Basic"],
  Standard: ["S0", "S1", "S2", "S3"],
  Premium: ["P1", "P2"],
  DataWarehouse: ["DW100c", "DW200c"],
};

/**
 * GET locations/REGION/capabilities, which azure-cli reads to find a sku (swagger: LocationCapabilities). Only what it
 * needs; the first edition and the first objective of each are the default.
 */
export const sqlLocations: ResourceType = {
  name: "Microsoft.Sql/locations",
  level: "subscription",
  apiVersions: sqlApiVersions,
  actions: {
    capabilities: {
      name: "capabilities",
      method: "GET",
      withoutResource: true,
      perform: ({ name }) => ({ answer: { status: 200, body: capabilities(name) } }),
    },
  },
};

function capabilities(location: string): JsonObject {
  const supportedEditions = Object.entries(objectives).map(([name, names], index) => ({
    name,
    status: statusAt(index),
    supportedServiceLevelObjectives: names.map(objective),
  }));
  return {
    name: location,
    status: "Available",
    supportedServerVersions: [{ name: "12.0", status: "Default", supportedEditions }],
  };
}

function objective(name: string, index: number): Json {
  const { sku, objective: full } = performanceOf({ name });
  return { name: full, sku, status: statusAt(index) };
}

function statusAt(index: number): string {
  return index === 0 ? "Default" : "Available";
}
