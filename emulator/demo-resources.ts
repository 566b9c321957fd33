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

/** What the devices of the offices speak: as strong as the service's own, with lifetimes that tell it from that. */
export const officePolicy: IpsecPolicy = {
  saLifeTimeSeconds: 14400,
  saDataSizeKilobytes: 102400000,
  ipsecEncryption: "GCMAES256",
  ipsecIntegrity: "GCMAES256",
  ikeEncryption: "GCMAES256",
  ikeIntegrity: "SHA384",
  dhGroup: "ECP384",
  pfsGroup: "ECP384",
};

/** VPN connections by name: to offices, and the two ends of one between the networks of two lines. */
export const demoConnections = {
  polarisOffice: connection(polarisGuests, "polaris-office"),
  lagoonOffice: connection(lagoonGuests, "lagoon-office"),
  fjordOffice: connection(fjordGuests, "fjord-office"),
  fjordDepot: connection(fjordGuests, "fjord-depot"),
  lagoonToFjord: connection(lagoonGuests, "lagoon-to-fjord"),
  fjordToLagoon: connection(fjordGuests, "fjord-to-lagoon"),
} as const;

interface DemoTunnel {
  connectionId: string;
  /** What the connection carries. */
  policies: readonly IpsecPolicy[];
  /** What the far end agrees to. */
  speaks: readonly ("defaults" | IpsecPolicy)[];
}

/** Tunnels to the offices. All are connected. */
export const demoTunnels: readonly DemoTunnel[] = [
  { connectionId: demoConnections.polarisOffice, policies: [officePolicy], speaks: [officePolicy] },
  { connectionId: demoConnections.lagoonOffice, policies: [officePolicy], speaks: [officePolicy] },
  // As it was taken over: no policy, and a device that nobody ever set one on.
  { connectionId: demoConnections.fjordOffice, policies: [], speaks: ["defaults"] },
  // The same, but its people said by mistake that the device knows the strong policy.
  { connectionId: demoConnections.fjordDepot, policies: [], speaks: ["defaults"] },
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
  for (const tunnel of demoTunnels) seedTunnel(arm, tunnel);
  seedPair(arm, demoConnections.lagoonToFjord, demoConnections.fjordToLagoon);
  arm.denyByPolicy(demoPolicy);
}

function account(group: string, name: string): string {
  return `${group}/providers/Microsoft.Storage/storageAccounts/${name}`;
}

function connection(group: string, name: string): string {
  return `${group}/providers/Microsoft.Network/connections/${name}`;
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

/** A VPN gateway, the office behind it with its device, and the connection between them. */
function seedTunnel(arm: Pick<Arm, "seed" | "peers">, { connectionId, policies, speaks }: DemoTunnel): void {
  const [network = "", name = ""] = connectionId.split("/connections/");
  const gateway = seedGateway(arm, connectionId);
  const office = `${network}/localNetworkGateways/${name}-office`;
  arm.seed(office, { location: "westeurope" });
  arm.peers.set(connectionId, { speaks, since: 0 });
  const ends = { virtualNetworkGateway1: { id: gateway }, localNetworkGateway2: { id: office } };
  seedConnection(arm, connectionId, ends, policies);
}

/** Two gateways, and the connections from each to the other. */
function seedPair(arm: Pick<Arm, "seed">, oneId: string, otherId: string): void {
  const [one, other] = [seedGateway(arm, oneId), seedGateway(arm, otherId)];
  for (const [connectionId, from, to] of [
    [oneId, one, other],
    [otherId, other, one],
  ] as const) {
    const ends = { virtualNetworkGateway1: { id: from }, virtualNetworkGateway2: { id: to } };
    seedConnection(arm, connectionId, { connectionType: "Vnet2Vnet", ...ends }, [officePolicy]);
  }
}

function seedGateway(arm: Pick<Arm, "seed">, connectionId: string): string {
  const id = `${connectionId.replace("/connections/", "/virtualNetworkGateways/")}-gateway`;
  arm.seed(id, { location: "westeurope" });
  return id;
}

function seedConnection(
  arm: Pick<Arm, "seed">,
  id: string,
  properties: JsonObject,
  policies: readonly IpsecPolicy[],
): void {
  const ipsecPolicies = policies.map((policy) => ({ ...policy }));
  arm.seed(id, { location: "westeurope", properties: { ...properties, sharedKey: "ship-to-shore", ipsecPolicies } });
}
