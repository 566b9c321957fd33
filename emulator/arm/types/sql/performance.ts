import { type JsonObject, textAt } from "../../json.ts";
import { sqlError } from "./errors.ts";

/** What a database runs on. */
export interface Performance {
  /** As answers show it: name, tier, family, capacity. */
  sku: JsonObject;
  /** E.g. GP_S_Gen5_1, S0, DW100c. */
  objective: string;
  kind: string;
  maxSizeBytes: number;
  model: "vcore" | "serverless" | "dtu" | "datawarehouse";
}

const vcoreTiers: Readonly<Record<string, string>> = {
  GP: "GeneralPurpose",
  BC: "BusinessCritical",
  HS: "Hyperscale",
};

/** Service objectives that are bought in DTU, with their capacity (docs: DTU-based purchasing model). */
const dtuObjectives: Readonly<Record<string, readonly [tier: string, capacity: number]>> = {
  Basic: ["Basic", 5],
  S0: ["Standard", 10],
  S1: ["Standard", 20],
  S2: ["Standard", 50],
  S3: ["Standard", 100],
  S4: ["Standard", 200],
  S6: ["Standard", 400],
  S7: ["Standard", 800],
  S9: ["Standard", 1600],
  S12: ["Standard", 3000],
  P1: ["Premium", 125],
  P2: ["Premium", 250],
  P4: ["Premium", 500],
  P6: ["Premium", 1000],
  P11: ["Premium", 1750],
  P15: ["Premium", 4000],
};

const gigabyte = 1024 ** 3;

/** The performance that a request's `sku` means: two vCores of General Purpose where it sends none (recording sql-tde). */
export function performanceOf(sku: JsonObject): Performance {
  const name = textAt(sku, "name") ?? "GP_Gen5";
  const capacity = typeof sku.capacity === "number" ? sku.capacity : undefined;
  const found = vcore(name, capacity) ?? dataWarehouse(name, capacity) ?? dtu(name, capacity);
  if (!found) throw sqlError("InvalidSkuName");
  return found;
}

function vcore(name: string, asked: number | undefined): Performance | undefined {
  const [, prefix = "", serverless = "", family = "", size] =
    /^(GP|BC|HS)(_S)?_([A-Z0-9]+?)(?:_(\d+))?$/i.exec(name) ?? [];
  const tier = vcoreTiers[prefix.toUpperCase()];
  if (!tier) return undefined;
  const capacity = size ? Number(size) : (asked ?? 2);
  const full = `${prefix.toUpperCase()}${serverless.toUpperCase()}_${family}`;
  const hyperscale = tier === "Hyperscale" ? ",hyperscale" : "";
  return {
    sku: { name: full, tier, family, capacity },
    objective: `${full}_${capacity}`,
    kind: `v12.0,user,vcore${serverless && ",serverless"}${hyperscale}`,
    maxSizeBytes: 32 * gigabyte,
    model: serverless ? "serverless" : "vcore",
  };
}

/** A dedicated SQL pool: DW100c has a capacity of 900 (recording sql-dedicated-pool). */
function dataWarehouse(name: string, asked: number | undefined): Performance | undefined {
  const size = /^DW(\d+)c$/i.exec(name)?.[1] ?? (name === "DataWarehouse" ? String((asked ?? 900) / 9) : undefined);
  if (!size) return undefined;
  return {
    sku: { name: "DataWarehouse", tier: "DataWarehouse", capacity: Number(size) * 9 },
    objective: `DW${size}c`,
    kind: "v12.0,user,datawarehouse,gen2",
    maxSizeBytes: 240 * 1024 * gigabyte,
    model: "datawarehouse",
  };
}

function dtu(name: string, asked: number | undefined): Performance | undefined {
  const entry = Object.entries(dtuObjectives).find(
    ([objective, [tier, capacity]]) =>
      objective.toLowerCase() === name.toLowerCase() ||
      (tier.toLowerCase() === name.toLowerCase() && (asked === undefined || asked === capacity)),
  );
  if (!entry) return undefined;
  const [objective, [tier, capacity]] = entry;
  return {
    sku: { name: tier, tier, capacity },
    objective,
    kind: "v12.0,user",
    maxSizeBytes: (tier === "Basic" ? 2 : tier === "Standard" ? 250 : 500) * gigabyte,
    model: "dtu",
  };
}
