import * as z from "zod";
import { saidBy } from "../check/arm.ts";
import { fine, type Line, left, red } from "./line.ts";
import { type Look, webVersion } from "./look.ts";

/** What the three layers make resources of. */
const namespaces = [
  "Microsoft.Web",
  "Microsoft.Storage",
  "Microsoft.ManagedIdentity",
  "Microsoft.EventGrid",
  "Microsoft.Insights",
  "Microsoft.OperationalInsights",
];
/** Where it is private: networks and endpoints, and what a subnet for Flex Consumption is delegated to. */
const namespacesOfNetworks = ["Microsoft.Network", "Microsoft.App"];

const providerSchema = z.object({ registrationState: z.string() });
const regionSchema = z.object({ name: z.string() });
const runtimeSchema = z.object({
  isHidden: z.boolean().nullish(),
  Sku: z
    .array(
      z.object({
        skuCode: z.string(),
        functionAppConfigProperties: z.object({ runtime: z.object({ version: z.string() }) }),
      }),
    )
    .nullish(),
});
const stackSchema = z.object({
  name: z.string(),
  properties: z.object({
    majorVersions: z.array(
      z.object({
        minorVersions: z.array(
          z.object({ stackSettings: z.object({ linuxRuntimeSettings: runtimeSchema.nullish() }) }),
        ),
      }),
    ),
  }),
});

/** Whether the providers of what is deployed are registered on the subscription. */
export async function providers({ arm, subscription, isLocal, wantsPrivate }: Look): Promise<Line[]> {
  const wanted = wantsPrivate ? [...namespaces, ...namespacesOfNetworks] : namespaces;
  const lines = await Promise.all(
    wanted.map(async (namespace) => {
      const answer = await arm.get(`${subscription}/providers/${namespace}?api-version=2022-12-01`);
      const about = `provider ${namespace}`;
      // The local Azure holds only what baselines work with.
      if (isLocal && answer.status === 404) return left(about);
      const state = providerSchema.safeParse(answer.body).data?.registrationState ?? saidBy(answer);
      if (state === "Registered") return fine(about, "Registered.");
      const todo = `az provider register --namespace ${namespace} --subscription ${subscription.split("/")[2]} --wait`;
      return red(about, `${state}.`, todo);
    }),
  );
  return lines;
}

/** Whether the region has Flex Consumption, as `az functionapp list-flexconsumption-locations` asks. */
export async function region({ arm, subscription, location, isLocal }: Look): Promise<Line[]> {
  if (location === undefined) return [];
  if (isLocal) return [left("region")];
  const listed = await arm.list(`${subscription}/providers/Microsoft.Web/geoRegions?${webVersion}&sku=FlexConsumption`);
  const names = listed.flatMap((each) => regionSchema.safeParse(each).data?.name ?? []);
  if (names.some((name) => plain(name) === plain(location))) {
    return [fine("region", `${location} has Flex Consumption.`)];
  }
  const others = names.map(plain).sort().join(", ");
  return [red("region", `${location} has no Flex Consumption.`, `azd env set AZURE_LOCATION REGION, one of ${others}`)];
}

/** Whether the region runs the version of Node on Flex Consumption: Azure takes any version, and then fails at the app's start. */
export async function nodeVersion({ arm, location, nodeVersion: wanted, isLocal }: Look): Promise<Line[]> {
  if (location === undefined) return [];
  if (isLocal) return [left("node version")];
  const path = `/providers/Microsoft.Web/locations/${plain(location)}/functionAppStacks?api-version=2020-10-01&stack=node`;
  const stacks = (await arm.list(path)).flatMap((each) => stackSchema.safeParse(each).data ?? []);
  const versions = stacks.filter(({ name }) => name === "node").flatMap(versionsOnFlex);
  if (versions.includes(wanted)) return [fine("node version", `${location} runs Node ${wanted}.`)];
  const offered = versions.filter((version) => ["22", "24"].includes(version)).join(" or ");
  const todo = offered === "" ? "Take another region" : `azd env set GUARD_NODE_VERSION ${offered}`;
  return [red("node version", `${location} does not list Node ${wanted}; it lists ${versions.join(", ")}.`, todo)];
}

/** FC1 is the plan's name among the SKUs. */
function versionsOnFlex({ properties }: z.infer<typeof stackSchema>): string[] {
  const settings = properties.majorVersions
    .flatMap(({ minorVersions }) => minorVersions)
    .flatMap(({ stackSettings }) => stackSettings.linuxRuntimeSettings ?? []);
  return settings
    .filter(({ isHidden }) => isHidden !== true)
    .flatMap(({ Sku }) => Sku ?? [])
    .filter(({ skuCode }) => skuCode === "FC1")
    .map(({ functionAppConfigProperties }) => functionAppConfigProperties.runtime.version);
}

/** `West Europe` is `westeurope`. */
function plain(location: string): string {
  return location.replaceAll(" ", "").toLowerCase();
}
