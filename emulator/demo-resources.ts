import type { Arm, DenyPolicy, JsonObject } from "./arm/index.ts";
import type { IpsecPolicy } from "./arm/peers.ts";
import { defaultSubscriptions } from "./company.ts";

/** A resource that stands in Azure when the demo begins. */
export interface DemoResource {
  id: string;
  body: JsonObject;
  /** What a viewer sees in it; empty for one of many alike. */
  shows: string;
}

const [polaris = "", lagoon = "", fjord = ""] = defaultSubscriptions.map(
  ({ subscriptionId }) => `/subscriptions/${subscriptionId}/resourceGroups`,
);
const polarisGuests = `${polaris}/guests`;
const lagoonGuests = `${lagoon}/guests`;
const lagoonDocuments = `${lagoon}/documents`;
const fjordGuests = `${fjord}/guests`;
const fjordArchive = `${fjord}/archive`;
const fjordReview = `${fjord}/under-review`;

/** What every storage baseline asks for. */
const compliant: JsonObject = {
  supportsHttpsTrafficOnly: true,
  minimumTlsVersion: "TLS1_2",
  sasPolicy: { sasExpirationPeriod: "7.00:00:00", expirationAction: "Log" },
};
/** As accounts of old templates are: HTTP allowed, the oldest TLS, no limit on shared access signatures. */
const insecure: JsonObject = { supportsHttpsTrafficOnly: false, minimumTlsVersion: "TLS1_0", sasPolicy: null };

/** The storage accounts of the demo by name. */
export const demoAccounts = {
  polarisbookings: account(polarisGuests, "polarisbookings"),
  polarispassports: account(polarisGuests, "polarispassports"),
  polariscabins: account(polarisGuests, "polariscabins"),
  lagoonkiosks: account(lagoonGuests, "lagoonkiosks"),
  lagoonphotos: account(lagoonGuests, "lagoonphotos"),
  lagoonrestored: account(lagoonGuests, "lagoonrestored"),
  fjordscans: account(fjordGuests, "fjordscans"),
  fjordledger: account(fjordGuests, "fjordledger"),
  fjordvisas: account(fjordGuests, "fjordvisas"),
  fjordarchive: account(fjordArchive, "fjordarchive"),
  fjordloyalty: account(fjordReview, "fjordloyalty"),
} as const;

/** Thirty accounts alike, lagoondocs01 to lagoondocs30, for a script that changes them all at once. */
export const demoDocumentAccounts: readonly string[] = Array.from({ length: 30 }, (_, index) =>
  account(lagoonDocuments, `lagoondocs${String(index + 1).padStart(2, "0")}`),
);

/** The server of the loyalty programme, and its databases by name. */
const loyaltyServer = `${lagoonGuests}/providers/Microsoft.Sql/servers/lagoon-loyalty`;
export const demoDatabases = {
  members: `${loyaltyServer}/databases/members`,
  points: `${loyaltyServer}/databases/points`,
  vouchers: `${loyaltyServer}/databases/vouchers`,
  master: `${loyaltyServer}/databases/master`,
} as const;

const officePolicy: IpsecPolicy = {
  saLifeTimeSeconds: 27000,
  saDataSizeKilobytes: 102400000,
  ipsecEncryption: "GCMAES256",
  ipsecIntegrity: "GCMAES256",
  ikeEncryption: "GCMAES256",
  ikeIntegrity: "SHA384",
  dhGroup: "ECP384",
  pfsGroup: "ECP384",
};

/** Tunnels to the offices, each with a far end that speaks Azure's defaults and these policies. */
export const demoTunnels: readonly { connectionId: string; speaks: readonly IpsecPolicy[] }[] = [
  {
    connectionId: `${polarisGuests}/providers/Microsoft.Network/connections/polaris-office`,
    speaks: [officePolicy],
  },
];

/** Everything that is seeded, parents first. */
export const demoResources: readonly DemoResource[] = [
  group(polarisGuests, "westeurope", "guests of Polaris Cruises"),
  group(lagoonGuests, "westeurope", "guests of Lagoon Lines"),
  group(lagoonDocuments, "westeurope", "documents of guests, one account for each ship"),
  group(fjordGuests, "norwayeast", "guests of Fjord Voyages"),
  group(fjordArchive, "norwayeast", "closed books of Fjord Voyages"),
  group(fjordReview, "norwayeast", "taken over last, and not looked through yet", { line: "audit" }),
  storage(demoAccounts.polarisbookings, "compliant", "westeurope"),
  storage(demoAccounts.polarispassports, "compliant, and stricter than asked", "westeurope", {
    sasPolicy: { sasExpirationPeriod: "1.00:00:00", expirationAction: "Log" },
  }),
  storage(demoAccounts.polariscabins, "compliant", "westeurope"),
  storage(demoAccounts.lagoonkiosks, "compliant; a policy denies writes while secure transfer is on", "westeurope"),
  storage(demoAccounts.lagoonphotos, "compliant, until it gets a custom domain", "westeurope"),
  storage(demoAccounts.lagoonrestored, "compliant, until an old template restores it", "westeurope"),
  ...demoDocumentAccounts.map((id) => storage(id, "", "westeurope")),
  storage(demoAccounts.fjordscans, "ships mount a share by NFS", "norwayeast", {}, nfsCapable()),
  {
    id: `${demoAccounts.fjordscans}/fileServices/default/shares/scans`,
    body: { properties: { enabledProtocols: "NFS", shareQuota: 100, rootSquash: "NoRootSquash" } },
    shows: "mounts that secure transfer would cut off",
  },
  storage(demoAccounts.fjordledger, "keys never rotated: Azure refuses a SAS policy", "norwayeast", {
    keyCreationTime: { key1: null, key2: null },
    sasPolicy: null,
  }),
  storage(demoAccounts.fjordvisas, "insecure since before the takeover, replicated", "norwayeast", insecure, {
    sku: { name: "Standard_GRS" },
  }),
  storage(demoAccounts.fjordarchive, "insecure since before the takeover", "norwayeast", {
    ...insecure,
    sasPolicy: null,
  }),
  storage(demoAccounts.fjordloyalty, "insecure, of a line that is only looked at", "norwayeast", insecure, {
    tags: { line: "audit" },
  }),
  {
    id: `${demoAccounts.fjordloyalty}/providers/Microsoft.Authorization/locks/under-review`,
    body: { properties: { level: "ReadOnly", notes: "Not to be changed before the review" } },
    shows: "a lock that blocks every fix",
  },
  {
    id: loyaltyServer,
    body: { location: "westeurope", properties: { administratorLogin: "purser", minimalTlsVersion: "1.2" } },
    shows: "the loyalty programme, with a system database `master` that can't be encrypted",
  },
  database(demoDatabases.members, "encrypted", { sku: { name: "S0" } }),
  database(demoDatabases.points, "serverless and paused: a look at its encryption would wake it", {
    sku: { name: "GP_S_Gen5", capacity: 1 },
    properties: { status: "Paused", autoPauseDelay: 60 },
  }),
  database(demoDatabases.vouchers, "restored from a backup that was not encrypted", { sku: { name: "S0" } }),
  {
    id: `${demoDatabases.vouchers}/transparentDataEncryption/current`,
    body: { properties: { state: "Disabled" } },
    shows: "encryption that is off since the restore",
  },
];

/** Lagoon's own rule for its old check-in kiosks, which speak HTTP only: the fix is refused by Azure. */
export const demoPolicy: DenyPolicy = {
  scope: demoAccounts.lagoonkiosks,
  property: "properties.supportsHttpsTrafficOnly",
  displayName: "Kiosk storage must accept HTTP",
  when: ({ properties }) =>
    typeof properties === "object" &&
    properties !== null &&
    "supportsHttpsTrafficOnly" in properties &&
    properties.supportsHttpsTrafficOnly === true,
};

/** Puts the demo's resources and its policy into a local Azure that has the default subscriptions. Raises no events. */
export function seedDemoResources({ arm }: { arm: Pick<Arm, "seed" | "denyByPolicy" | "peers"> }): void {
  for (const { id, body } of demoResources) arm.seed(id, body);
  for (const { connectionId, speaks } of demoTunnels) seedTunnel(arm, connectionId, speaks);
  arm.denyByPolicy(demoPolicy);
}

function account(group: string, name: string): string {
  return `${group}/providers/Microsoft.Storage/storageAccounts/${name}`;
}

function group(id: string, location: string, shows: string, tags: JsonObject = {}): DemoResource {
  return { id, body: { location, tags }, shows };
}

/** A compliant account, but for `properties`; null takes a property away. */
function storage(
  id: string,
  shows: string,
  location: string,
  properties: JsonObject = {},
  others: JsonObject = {},
): DemoResource {
  const standard: JsonObject = { location, kind: "StorageV2", sku: { name: "Standard_LRS" }, tags: {} };
  const kept = Object.entries({ ...compliant, ...properties }).filter(([, value]) => value !== null);
  return { id, body: { ...standard, ...others, properties: Object.fromEntries(kept) }, shows };
}

function database(id: string, shows: string, body: JsonObject): DemoResource {
  return { id, body: { location: "westeurope", tags: { programme: "loyalty" }, ...body }, shows };
}

/** NFS shares need a premium account for files. */
function nfsCapable(): JsonObject {
  return { kind: "FileStorage", sku: { name: "Premium_LRS" } };
}

/** A VPN gateway, the office behind it, and the connection between them, with a policy that both ends speak. */
function seedTunnel(arm: Pick<Arm, "seed" | "peers">, connectionId: string, speaks: readonly IpsecPolicy[]): void {
  const [network = "", name = ""] = connectionId.split("/connections/");
  const gateway = `${network}/virtualNetworkGateways/${name}-gateway`;
  const office = `${network}/localNetworkGateways/${name}-office`;
  arm.seed(gateway, { location: "westeurope" });
  arm.seed(office, { location: "westeurope" });
  arm.peers.set(connectionId, { speaks: ["defaults", ...speaks] });
  const ends = { virtualNetworkGateway1: { id: gateway }, localNetworkGateway2: { id: office } };
  const ipsecPolicies = speaks.map((policy) => ({ ...policy }));
  arm.seed(connectionId, {
    location: "westeurope",
    properties: { ...ends, sharedKey: "ship-to-shore", ipsecPolicies },
  });
}
