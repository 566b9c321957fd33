import * as z from "zod";
import { saidBy } from "../check/arm.ts";
import { fine, type Line, red, warning } from "./line.ts";
import { appPath, type Look, webVersion } from "./look.ts";
import { isClosed, isOfJournal, ownAccounts } from "./storage.ts";

/** Stable; the one that infra makes networks and private endpoints with. */
const networkVersion = "api-version=2024-05-01";
/** What Flex Consumption asks of a subnet (docs: "Azure Functions networking options"). */
const delegation = "Microsoft.App/environments";
const longestPrefix = 27;

const siteSchema = z.object({
  properties: z.object({ publicNetworkAccess: z.string().nullish(), virtualNetworkSubnetId: z.string().nullish() }),
});
const subnetSchema = z.object({
  properties: z.object({
    addressPrefix: z.string().nullish(),
    addressPrefixes: z.array(z.string()).nullish(),
    delegations: z.array(z.object({ properties: z.object({ serviceName: z.string() }) })).nullish(),
  }),
});
const connectionsSchema = z
  .array(
    z.object({
      properties: z.object({
        privateLinkServiceId: z.string(),
        groupIds: z.array(z.string()).nullish(),
        privateLinkServiceConnectionState: z.object({ status: z.string().nullish() }).nullish(),
      }),
    }),
  )
  .nullish();
const endpointSchema = z.object({
  id: z.string(),
  name: z.string(),
  properties: z.object({
    privateLinkServiceConnections: connectionsSchema,
    manualPrivateLinkServiceConnections: connectionsSchema,
  }),
});

/** What a private endpoint has to lead to. */
interface Door {
  target: string;
  name: string;
  service: string;
  /** What makes it. */
  todo: string;
}

/** Where the app is private: whether its subnet fits, and accepted endpoints lead to the app and to each service of its storage. */
export async function network(look: Look): Promise<Line[]> {
  const site = siteSchema.safeParse((await look.arm.get(`${appPath(look)}?${webVersion}`)).body).data?.properties;
  const isPrivate = site?.publicNetworkAccess === "Disabled";
  if (!isPrivate && !look.wantsPrivate) return [];
  if (!isPrivate) {
    return [red("network", "NETWORK is private, and the app takes requests from the internet.", "azd provision core")];
  }
  const group = `${look.subscription}/resourceGroups/${look.resourceGroup}`;
  const listed = await look.arm.list(`${group}/providers/Microsoft.Network/privateEndpoints?${networkVersion}`);
  const endpoints = listed.flatMap((each) => endpointSchema.safeParse(each).data ?? []);
  const lines = await Promise.all((await doors(look)).map((door) => doorLine(look, door, endpoints)));
  return [await subnetLine(look, site.virtualNetworkSubnetId ?? ""), ...lines];
}

async function subnetLine({ arm }: Look, id: string): Promise<Line> {
  if (id === "") return red("subnet", "The app is private, and in no subnet.", "azd provision core");
  const answer = await arm.get(`${id}?${networkVersion}`);
  const subnet = subnetSchema.safeParse(answer.body).data?.properties;
  if (answer.status !== 200 || !subnet) {
    return red("subnet", saidBy(answer), "azd provision access, or azd env set INTEGRATION_SUBNET_ID ID");
  }
  const name = id.split("/").at(-1) ?? "";
  const delegated = (subnet.delegations ?? []).map(({ properties }) => properties.serviceName.toLowerCase());
  if (!delegated.includes(delegation.toLowerCase())) {
    const todo = `az network vnet subnet update --ids ${id} --delegations ${delegation}`;
    return red("subnet", `${name} is not delegated to ${delegation}.`, todo);
  }
  const prefix = subnet.addressPrefix ?? subnet.addressPrefixes?.[0] ?? "";
  if (Number(prefix.split("/")[1]) > longestPrefix) {
    const todo = `azd env set INTEGRATION_SUBNET_ID ID, of a /${longestPrefix} or larger, then azd provision access and core`;
    return warning("subnet", `${name} is ${prefix}: fewer addresses than Flex Consumption asks for.`, todo);
  }
  return fine("subnet", `${name} is ${prefix}, delegated to ${delegation}.`);
}

/** As infra makes them: the app, and what it uses of the accounts that take nothing from the internet. */
async function doors(look: Look): Promise<Door[]> {
  const closed = (await ownAccounts(look)).filter(isClosed);
  const ofAccounts = closed.flatMap((account) =>
    (isOfJournal(account) ? ["blob"] : ["blob", "queue", "table"]).map((service) => ({
      target: account.id,
      name: account.name,
      service,
      todo: "azd provision access",
    })),
  );
  return [...ofAccounts, { target: appPath(look), name: look.app ?? "", service: "sites", todo: "azd provision core" }];
}

async function doorLine(
  { arm }: Look,
  { target, name, service, todo }: Door,
  endpoints: readonly z.infer<typeof endpointSchema>[],
): Promise<Line> {
  const about = `private endpoint ${name} ${service}`;
  const found = endpoints.flatMap((endpoint) =>
    [
      ...(endpoint.properties.privateLinkServiceConnections ?? []),
      ...(endpoint.properties.manualPrivateLinkServiceConnections ?? []),
    ]
      .filter(({ properties }) => properties.privateLinkServiceId.toLowerCase() === target.toLowerCase())
      .filter(({ properties }) => (properties.groupIds ?? []).includes(service))
      .map(({ properties }) => ({
        endpoint,
        status: properties.privateLinkServiceConnectionState?.status ?? "Unknown",
      })),
  );
  const accepted = found.find(({ status }) => status === "Approved");
  if (!accepted && found[0]) {
    const approve = `az network private-endpoint-connection list --id ${target}, then az network private-endpoint-connection approve --id ID`;
    return red(about, `${found[0].endpoint.name} is ${found[0].status}.`, approve);
  }
  if (!accepted) return red(about, "There is none: the app, or whoever deploys it, can't reach it.", todo);
  const zones = await arm.list(`${accepted.endpoint.id}/privateDnsZoneGroups?${networkVersion}`);
  if (zones.length > 0) return fine(about, "Approved, and its name is in a private DNS zone.");
  const lead = "azd env set PRIVATE_DNS own, or see that the organisation's zones have its address";
  return warning(about, "Approved, and in no private DNS zone that Azure would tell of.", lead);
}
