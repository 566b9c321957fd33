import type { RegisteredBaseline } from "./baseline.ts";
import { transparentDataEncryption } from "./sql/transparent-data-encryption.ts";
import { httpsOnlySas } from "./storage/https-only-sas.ts";
import { minimumTls } from "./storage/minimum-tls.ts";
import { sasExpiration } from "./storage/sas-expiration.ts";
import { secureTransfer } from "./storage/secure-transfer.ts";
import { synapseTransparentDataEncryption } from "./synapse/transparent-data-encryption.ts";
import { ipsecPolicy } from "./vpn/ipsec-policy.ts";

/** Every baseline there is, the strongest first: the order in which fixes that can't share a write are written. */
export const baselines: RegisteredBaseline[] = [
  secureTransfer,
  httpsOnlySas,
  minimumTls,
  sasExpiration,
  transparentDataEncryption,
  synapseTransparentDataEncryption,
  ipsecPolicy,
];

/** The baselines of a resource type, the strongest first. The type's case does not matter. */
export function baselinesOf(resourceType: string): RegisteredBaseline[] {
  return baselines.filter((baseline) => baseline.resourceType.toLowerCase() === resourceType.toLowerCase());
}

/** The baseline with an id such as `storage/secure-transfer`. */
export function findBaseline(id: string): RegisteredBaseline | undefined {
  return baselines.find((baseline) => baseline.id === id);
}
