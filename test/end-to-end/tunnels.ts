import { createDefaultHttpClient, createPipelineRequest } from "@azure/core-rest-pipeline";
import type { ArmRequest, JsonObject } from "../../emulator/arm/index.ts";
import { isJsonObject, type Json, objectAt } from "../../emulator/arm/json.ts";
import type { IpsecPolicy, Peer } from "../../emulator/arm/peers.ts";
import { eventually } from "./eventually.ts";
import { group, groupId, type World, writeEvent } from "./world.ts";

/** VPN connections for tests, and what a person does with them and sees of them. */

export const baseline = "vpn/ipsec-policy";
export const sharedKey = "canary-shared-key-5b1d";

/** What the fix sets where nothing better is known. */
export const preset: IpsecPolicy = {
  saLifeTimeSeconds: 27000,
  saDataSizeKilobytes: 102400000,
  ipsecEncryption: "GCMAES256",
  ipsecIntegrity: "GCMAES256",
  ikeEncryption: "GCMAES256",
  ikeIntegrity: "SHA384",
  dhGroup: "ECP384",
  pfsGroup: "ECP384",
};
/** As strong as the preset, with lifetimes of the customer's own. */
export const own: IpsecPolicy = { ...preset, saLifeTimeSeconds: 14400, saDataSizeKilobytes: 51200000 };
export const weak: IpsecPolicy = { ...preset, ipsecEncryption: "DES3", ipsecIntegrity: "SHA1", pfsGroup: "PFS2" };

export function connectionId(name: string, resourceGroup = groupId(group)): string {
  return `${resourceGroup}/providers/Microsoft.Network/connections/${name}`;
}

/** A gateway, an office behind it whose device speaks these policies, and the connection between them. Gives the connection's id. */
export function seedTunnel(
  { azure: { arm } }: Pick<World, "azure">,
  name: string,
  properties: JsonObject,
  speaks: Peer["speaks"],
  resourceGroup = groupId(group),
): string {
  const id = connectionId(name, resourceGroup);
  const gateway = gatewayOf(id);
  const office = `${resourceGroup}/providers/Microsoft.Network/localNetworkGateways/${name}-office`;
  arm.seed(gateway, {});
  arm.seed(office, {});
  const ends = { virtualNetworkGateway1: { id: gateway }, localNetworkGateway2: { id: office } };
  arm.peers.set(id, { speaks, delaySeconds: 0 });
  arm.seed(id, { tags: { line: name }, properties: { ...ends, sharedKey, ...properties } });
  return id;
}

/** One end of a VNet-to-VNet pair. */
export interface PairEnd {
  policies: readonly IpsecPolicy[];
  /** The id of its resource group; that of the other tests where left out. */
  resourceGroup?: string;
}

/** Two gateways, and a connection each way between them. Gives the ids of both. */
export function seedPair({ azure: { arm } }: Pick<World, "azure">, name: string, here: PairEnd, there: PairEnd) {
  const ids = {
    here: connectionId(`${name}-out`, here.resourceGroup),
    there: connectionId(`${name}-back`, there.resourceGroup),
  };
  for (const id of [ids.here, ids.there]) arm.seed(gatewayOf(id), {});
  for (const [id, other, { policies }] of [
    [ids.here, ids.there, here],
    [ids.there, ids.here, there],
  ] as const) {
    const ends = { virtualNetworkGateway1: { id: gatewayOf(id) }, virtualNetworkGateway2: { id: gatewayOf(other) } };
    const ipsecPolicies = policies.map((policy) => ({ ...policy }));
    arm.seed(id, { properties: { connectionType: "Vnet2Vnet", sharedKey, ipsecPolicies, ...ends } });
  }
  return ids;
}

/** Somebody changes properties of a connection, and Azure raises the event. Gives the event's id. */
export async function change(
  world: Pick<World, "azure" | "deliver">,
  id: string,
  properties: JsonObject,
): Promise<string> {
  const stored = world.azure.arm.resources.get(id);
  if (!stored) throw new Error(`There is no ${id}`);
  const { body } = stored;
  const changed = { ...body, properties: { ...objectAt(body, "properties"), ...properties } };
  world.azure.arm.resources.put({ ...stored, body: changed });
  const event = writeEvent(id, { data: { operationName: "Microsoft.Network/connections/write" } });
  await world.deliver(event);
  return event.id;
}

/** Waits until the service judged a connection because of this event, and gives how. */
export async function judgedFor({ lines }: Pick<World, "lines">, eventId: string): Promise<string | undefined> {
  const line = await eventually(
    () => lines.find(({ message, text }) => message === "judged" && text.includes(eventId)),
    `the event ${eventId} to be judged`,
  );
  return line.outcome;
}

/** Has the service see a connected connection as compliant, so that it knows later what to go back to. */
export async function seenCompliant(world: World, id: string): Promise<void> {
  await tunnelStatus(world, id, "Connected");
  await change(world, id, {});
  await world.judged(id, "compliant");
}

/** Waits until Azure shows the tunnel so. It does in the connection's own answer only, and not in what it stores. */
export async function tunnelStatus(world: World, id: string, status: "Connected" | "NotConnected"): Promise<void> {
  const url = `${world.azure.arm.endpoint}${id}?api-version=2024-05-01`;
  await eventually(async () => {
    const request = createPipelineRequest({ url });
    const { bodyAsText } = await world.person.pipeline.sendRequest(createDefaultHttpClient(), request);
    return bodyAsText?.includes(`"connectionStatus":"${status}"`) === true;
  }, `the tunnel of ${id} to be ${status}`);
}

/** The connection's policies as Azure has them. */
export function policiesOf(world: Pick<World, "stored">, id: string): Json | undefined {
  return objectAt(world.stored(id), "properties").ipsecPolicies;
}

/** The key of the connection as Azure has it. */
export function keyOf({ azure: { arm } }: Pick<World, "azure">, id: string): Json | undefined {
  return arm.resources.get(id)?.secrets?.sharedKey;
}

/** Everything of a connection but its policy and what the service itself moves. */
export function foreign(body: JsonObject): JsonObject {
  const { etag: _etag, properties, ...rest } = body;
  const moving = ["ipsecPolicies", "connectionStatus", "provisioningState"];
  const kept = Object.entries(isJsonObject(properties) ? properties : {}).filter(
    ([name]) => !moving.includes(name) && !name.endsWith("Transferred"),
  );
  return { ...rest, properties: Object.fromEntries(kept) };
}

/** Collects what is written to connections from now on, with its body and headers. */
export function recordWrites({ azure: { arm } }: Pick<World, "azure">): ArmRequest[] {
  const written: ArmRequest[] = [];
  // Looks at each request, and lets none fail.
  arm.failNext((request) => {
    if (request.method === "PUT") written.push(request);
    return undefined;
  });
  return written;
}

/** The gateway of a connection that was seeded here. */
export function gatewayOf(connection: string): string {
  return `${connection.replace("/connections/", "/virtualNetworkGateways/")}-gateway`;
}
