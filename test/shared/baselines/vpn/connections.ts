import * as fc from "fast-check";
import type { Change, Resource } from "../../../../shared/baselines/baseline.ts";
import { isJsonObject, type Json, type JsonObject } from "../../../../shared/json.ts";
import { applied as appliedToDocuments } from "../changes.ts";

export const connectionId =
  "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/cruises/providers/Microsoft.Network/connections/harbour";

export const cnsa = {
  ikeEncryption: "GCMAES256",
  ikeIntegrity: "SHA384",
  dhGroup: "ECP384",
  ipsecEncryption: "GCMAES256",
  ipsecIntegrity: "GCMAES256",
  pfsGroup: "ECP384",
  saLifeTimeSeconds: 27_000,
  saDataSizeKilobytes: 102_400_000,
};

export const interoperable = {
  ...cnsa,
  ikeEncryption: "AES256",
  ikeIntegrity: "SHA256",
  dhGroup: "DHGroup14",
  ipsecEncryption: "AES256",
  ipsecIntegrity: "SHA256",
  pfsGroup: "PFS2048",
};

export const weak = { ...cnsa, ikeEncryption: "DES3", saLifeTimeSeconds: 3_600, saDataSizeKilobytes: 2_048 };

/** A site-to-site connection whose tunnel is down, as ARM answers it, with these properties. */
export function connection(properties: JsonObject = {}, parts: Resource["parts"] = { otherEnd: null }): Resource {
  const body: JsonObject = {
    id: connectionId,
    name: "harbour",
    type: "Microsoft.Network/connections",
    tags: { owner: "network" },
    properties: {
      provisioningState: "Succeeded",
      connectionType: "IPsec",
      connectionProtocol: "IKEv2",
      connectionStatus: "NotConnected",
      ipsecPolicies: [],
      usePolicyBasedTrafficSelectors: false,
      dpdTimeoutSeconds: 0,
      ...properties,
    },
  };
  return { id: connectionId, body, parts };
}

/** One end of a VNet-to-VNet tunnel, with its policies and the other end's. */
export function pair(ipsecPolicies: Json, otherPolicies: Json, status = "readable"): Resource {
  const otherEnd = { id: `${connectionId}-back`, status, properties: { ipsecPolicies: otherPolicies } };
  return connection({ connectionType: "Vnet2Vnet", connectionStatus: "Connected", ipsecPolicies }, { otherEnd });
}

/** The connection after changes were written. */
export function applied(resource: Resource, changes: Change[]): Resource {
  return appliedToDocuments(resource, changes);
}

/** Any JSON at all, as it may stand where something else belongs. */
export const oddJson: fc.Arbitrary<Json> = fc.jsonValue({ maxDepth: 2 }).map(toJson);

/** Names of the service's enums, and such as it may learn. */
const names = {
  ikeEncryption: ["DES", "DES3", "AES128", "AES192", "AES256", "GCMAES128", "GCMAES256", "GCMAES512"],
  ikeIntegrity: ["MD5", "SHA1", "SHA256", "SHA384", "GCMAES128", "GCMAES256", "SHA512"],
  dhGroup: ["None", "DHGroup1", "DHGroup2", "DHGroup14", "DHGroup2048", "ECP256", "ECP384", "DHGroup24"],
  ipsecEncryption: ["None", "DES", "DES3", "AES128", "AES192", "AES256", "GCMAES128", "GCMAES192", "GCMAES256"],
  ipsecIntegrity: ["MD5", "SHA1", "SHA256", "GCMAES128", "GCMAES192", "GCMAES256"],
  pfsGroup: ["None", "PFS1", "PFS2", "PFS2048", "ECP256", "ECP384", "PFS24", "PFS14", "PFSMM"],
};

/** Policies of every kind: strong, weak, doubtful and invalid, complete. */
export const anyPolicy: fc.Arbitrary<JsonObject> = fc
  .record({
    ikeEncryption: fc.constantFrom(...names.ikeEncryption),
    ikeIntegrity: fc.constantFrom(...names.ikeIntegrity),
    dhGroup: fc.constantFrom(...names.dhGroup),
    ipsecEncryption: fc.constantFrom(...names.ipsecEncryption),
    ipsecIntegrity: fc.constantFrom(...names.ipsecIntegrity),
    pfsGroup: fc.constantFrom(...names.pfsGroup),
    saLifeTimeSeconds: fc.integer({ min: 300, max: 172_799 }),
    saDataSizeKilobytes: fc.integer({ min: 1024, max: 2_147_483_647 }),
  })
  .map((policy): JsonObject => ({ ...policy }));

/** What may stand in `ipsecPolicies`; good policies often enough for every branch to be taken. */
export const anyPolicies: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom<Json>([], [cnsa], [interoperable], [weak], [cnsa, weak], null),
  fc.array(anyPolicy, { minLength: 1, maxLength: 2 }),
  fc
    .tuple(anyPolicy, fc.constantFrom("dhGroup", "pfsGroup", "saLifeTimeSeconds", "ipsecIntegrity"), oddJson)
    .map(([policy, field, odd]): Json => [{ ...policy, [field]: odd }]),
  oddJson,
);

/** Connections of every kind, alone and as one end of two. */
export const anyConnection: fc.Arbitrary<Resource> = fc
  .record({
    connectionType: fc.oneof(fc.constantFrom<Json>("IPsec", "Vnet2Vnet", "Vnet2Vnet", "ExpressRoute"), oddJson),
    connectionProtocol: fc.oneof(fc.constantFrom<Json>("IKEv1", "IKEv2"), oddJson),
    connectionStatus: fc.oneof(fc.constantFrom<Json>("Connected", "NotConnected", "Unknown"), oddJson),
    ipsecPolicies: anyPolicies,
    otherPolicies: anyPolicies,
    status: fc.constantFrom<Json>("readable", "readable", "readable", "unreadable", "out-of-scope", "missing", 7),
    foreign: oddJson,
  })
  .map(({ otherPolicies, status, ...properties }) =>
    connection(properties, {
      otherEnd: { id: `${connectionId}-back`, status, properties: { ipsecPolicies: otherPolicies } },
    }),
  );

function toJson(value: unknown): Json {
  if (Array.isArray(value)) return value.map(toJson);
  if (isJsonObject(value)) return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, toJson(each)]));
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : null;
}
