import type { JsonObject } from "../../emulator/arm/index.ts";
import { isJsonObject, objectAt, overlay, withoutPath } from "../../emulator/arm/json.ts";
import type { LocalAzure } from "../../emulator/local-azure.ts";
import { canaries } from "./canaries.ts";

export const subscriptionId = "a0000000-0000-4000-8000-000000000001";
/** Known to Azure, and in no scope of the service. */
export const foreignSubscriptionId = "a0000000-0000-4000-8000-0000000000ff";
export const group = "voyages";

/** A kind of resource that a baseline concerns, with one way in which it falls short. */
export interface SubjectKind {
  /** The baseline, or the baselines that are broken together. */
  name: string;
  /** The operation that an event of its change names. */
  operation: string;
  /** Puts one there that meets every baseline; gives its id. Raises no event. */
  place(azure: LocalAzure, name: string, subscription?: string): string;
  /** Makes it fall short. Raises no event. */
  break(azure: LocalAzure, id: string): void;
  /** The path whose GET shows whether it falls short. */
  shownAt(id: string): string;
  /** Whether it falls short now. */
  isBroken(azure: LocalAzure, id: string): boolean;
  /** Everything that is not the baselines' business, as it is now. */
  foreign(azure: LocalAzure, id: string): JsonObject;
  /** Whether nobody can change it now, since Azure still works on it. */
  isBusy(azure: LocalAzure, id: string): boolean;
  /** A change while the service writes would be lost: Azure takes the resource as a whole only, and knows no condition. */
  isWrittenWhole: boolean;
  /** Changes something that is not the baselines' business. Raises no event. */
  touch(azure: LocalAzure, id: string, value: string): void;
  /** How many requests read until it is healed, where nothing goes wrong and nothing takes long; undefined where that depends on time. */
  readsAFix?: number;
  /** How many writes heal it, where nothing goes wrong. */
  writesAFix: number;
  /** What only one worker at a time may write to; the resource itself where there is nothing greater. */
  unit(id: string): string;
}

/** One resource under test. */
export interface Subject {
  kind: SubjectKind;
  id: string;
  /** What the service must leave as it is; follows what others change. */
  foreign: JsonObject;
  /** No write is due to it whatever happens, and it may fall short for ever. */
  leftAlone: boolean;
  /** Somebody asked to undo what was fixed: it is to fall short in the end. */
  undone: boolean;
}

/** Whether a path names the subject, or something below it. */
export function isAbout({ id }: Subject, path: string): boolean {
  return `${path}/`.toLowerCase().startsWith(`${id}/`.toLowerCase());
}

const strong = {
  supportsHttpsTrafficOnly: true,
  minimumTlsVersion: "TLS1_2",
  sasPolicy: { sasExpirationPeriod: "1.00:00:00", expirationAction: "Log" },
};
const http: JsonObject = { supportsHttpsTrafficOnly: false };
const weakTls: JsonObject = { minimumTlsVersion: "TLS1_0" };
const longSas: JsonObject = { sasPolicy: { sasExpirationPeriod: "400.00:00:00", expirationAction: "Log" } };

/** Whether somebody would be cut off is asked with the account's file services and shares. */
export const secureTransfer = {
  ...account("storage/secure-transfer and storage/https-only-sas", http),
  readsAFix: 3,
};
export const minimumTls = account("storage/minimum-tls", weakTls);
const sasExpiration = account("storage/sas-expiration", longSas);
/** A joint write for two baselines, and one of its own for the third. */
const wholeAccount = {
  ...account("all storage baselines", { ...http, ...weakTls, ...longSas }),
  readsAFix: 3,
  writesAFix: 2,
};

const location = "westeurope";

const encryption: SubjectKind = {
  name: "sql/transparent-data-encryption",
  operation: "Microsoft.Sql/servers/databases/write",
  place({ arm }, name, subscription) {
    const server = `${groupId(subscription)}/providers/Microsoft.Sql/servers/${name}`;
    arm.seed(server, { location });
    const id = `${server}/databases/cabins`;
    arm.seed(id, { location, tags: { ship: canaries.tag } });
    return id;
  },
  shownAt: encryptionOf,
  break: ({ arm }, id) => arm.seed(encryptionOf(id), { properties: { state: "Disabled" } }),
  isBroken: ({ arm }, id) => objectAt(arm.resources.get(encryptionOf(id))?.body, "properties").state === "Disabled",
  foreign: ({ arm }, id) => withoutPath(bodyOf(arm, id), "properties.status"),
  touch: ({ arm }, id, value) => changeBody(arm, id, { tags: { deck: value } }),
  isBusy: () => false,
  isWrittenWhole: false,
  writesAFix: 1,
  unit: (id) => id,
};

const policy = {
  saLifeTimeSeconds: 27000,
  saDataSizeKilobytes: 102400000,
  ipsecEncryption: "GCMAES256",
  ipsecIntegrity: "GCMAES256",
  ikeEncryption: "GCMAES256",
  ikeIntegrity: "SHA384",
  dhGroup: "ECP384",
  pfsGroup: "ECP384",
};
const weakPolicy = { ...policy, ipsecEncryption: "DES3", ipsecIntegrity: "SHA1", pfsGroup: "PFS2" };
/** What Azure itself moves. */
const moving = ["etag", "provisioningState", "connectionStatus", "ingressBytesTransferred", "egressBytesTransferred"];

/** All tunnels are of one gateway, which can change one at a time. */
const gatewayName = "fleet";

/** A tunnel to a peer that answers to nothing: whatever policy it gets, nobody is cut off. */
export const ipsecPolicy: SubjectKind = {
  name: "vpn/ipsec-policy",
  operation: "Microsoft.Network/connections/write",
  place({ arm }, name, subscription) {
    const network = `${groupId(subscription)}/providers/Microsoft.Network`;
    const gateway = `${network}/virtualNetworkGateways/${gatewayName}`;
    const office = `${network}/localNetworkGateways/${name}`;
    if (!arm.resources.get(gateway)) arm.seed(gateway, {});
    arm.seed(office, {});
    const id = `${network}/connections/${name}`;
    const ends = { virtualNetworkGateway1: { id: gateway }, localNetworkGateway2: { id: office } };
    const properties = { ...ends, sharedKey: canaries.sharedKey, ipsecPolicies: [{ ...policy }] };
    arm.seed(id, { tags: { line: canaries.tag }, properties });
    return id;
  },
  shownAt: (id) => id,
  break: ({ arm }, id) => changeBody(arm, id, { properties: { ipsecPolicies: [{ ...weakPolicy }] } }),
  isBroken: ({ arm }, id) => JSON.stringify(objectAt(bodyOf(arm, id), "properties").ipsecPolicies).includes("DES3"),
  foreign({ arm }, id) {
    const paths = ["etag", "properties.ipsecPolicies", ...moving.map((name) => `properties.${name}`)];
    const body = paths.reduce(withoutPath, bodyOf(arm, id));
    return { ...body, secrets: { ...arm.resources.get(id)?.secrets } };
  },
  touch: ({ arm }, id, value) =>
    changeBody(arm, id, { properties: { routingWeight: Number.parseInt(value, 36) % 100 } }),
  isBusy: ({ arm }, id) => objectAt(bodyOf(arm, id), "properties").provisioningState !== "Succeeded",
  isWrittenWhole: true,
  writesAFix: 1,
  unit: (id) => id.replace(/\/connections\/.*$/, `/virtualNetworkGateways/${gatewayName}`),
};

/** One for each baseline. */
export const subjectKinds: readonly SubjectKind[] = [
  secureTransfer,
  minimumTls,
  sasExpiration,
  wholeAccount,
  encryption,
  ipsecPolicy,
];

function account(name: string, weak: JsonObject): SubjectKind {
  return {
    name,
    operation: "Microsoft.Storage/storageAccounts/write",
    place({ arm }, accountName, subscription) {
      const id = `${groupId(subscription)}/providers/Microsoft.Storage/storageAccounts/${accountName}`;
      const keys = { key1: canaries.accountKey, key2: canaries.accountKey };
      const properties = { ...strong, cabinKey: canaries.unknownProperty, accessTier: "Hot" };
      arm.seed(id, { location, tags: { ship: canaries.tag }, keys, properties });
      return id;
    },
    shownAt: (id) => id,
    break: ({ arm }, id) => changeBody(arm, id, { properties: weak }),
    isBroken: ({ arm }, id) => isWeak(objectAt(bodyOf(arm, id), "properties")),
    foreign({ arm }, id) {
      const body = Object.keys(strong).reduce(
        (rest, owned) => withoutPath(rest, `properties.${owned}`),
        bodyOf(arm, id),
      );
      return { ...body, secrets: { ...arm.resources.get(id)?.secrets } };
    },
    touch: ({ arm }, id, value) =>
      changeBody(arm, id, {
        tags: { deck: value },
        properties: { accessTier: value.length % 2 === 0 ? "Hot" : "Cool" },
      }),
    isBusy: () => false,
    isWrittenWhole: false,
    readsAFix: 1,
    writesAFix: 1,
    unit: (id) => id,
  };
}

function isWeak({ supportsHttpsTrafficOnly, minimumTlsVersion, sasPolicy }: JsonObject): boolean {
  const days = Number.parseInt(String(isJsonObject(sasPolicy) ? sasPolicy.sasExpirationPeriod : "999"), 10);
  return supportsHttpsTrafficOnly !== true || !["TLS1_2", "TLS1_3"].includes(String(minimumTlsVersion)) || days > 7;
}

function groupId(subscription = subscriptionId): string {
  return `/subscriptions/${subscription}/resourceGroups/${group}`;
}

/** Azure spells the last segment so, whatever was asked for. */
function encryptionOf(databaseId: string): string {
  return `${databaseId}/transparentDataEncryption/Current`;
}

function bodyOf(arm: LocalAzure["arm"], id: string): JsonObject {
  return structuredClone(arm.resources.get(id)?.body ?? {});
}

function changeBody(arm: LocalAzure["arm"], id: string, changes: JsonObject): void {
  const stored = arm.resources.get(id);
  if (!stored) throw new Error(`Azure has no ${id}`);
  arm.resources.put({ ...stored, body: overlay(stored.body, changes) });
}
