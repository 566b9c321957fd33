import * as z from "zod";
import { type Arm, saidBy } from "../check/arm.ts";
import { azureCli } from "../sign-in-app/wanted.ts";
import { fine, type Line, left, red, warning } from "./line.ts";
import { appPath, type Look, webVersion } from "./look.ts";

const siteSchema = z.object({
  properties: z.object({ state: z.string(), virtualNetworkSubnetId: z.string().nullish() }),
  identity: z
    .object({ userAssignedIdentities: z.record(z.string(), z.object({ principalId: z.string() })).nullish() })
    .nullish(),
});
const authenticationSchema = z.object({
  properties: z.object({
    platform: z.object({ enabled: z.boolean().nullish() }).nullish(),
    globalValidation: z.object({ excludedPaths: z.array(z.string()).nullish() }).nullish(),
    identityProviders: z
      .object({
        azureActiveDirectory: z
          .object({
            registration: z.object({ clientId: z.string().nullish() }).nullish(),
            validation: z
              .object({
                defaultAuthorizationPolicy: z.object({ allowedApplications: z.array(z.string()).nullish() }).nullish(),
              })
              .nullish(),
          })
          .nullish(),
      })
      .nullish(),
  }),
});
/** As infra/core/sign-in.bicep sets them: Event Grid brings a key of its own, and the service asks for a token itself. */
const excludedPaths = ["/runtime/webhooks/EventGrid", "/api/health"];

/** Whether the app is there, runs, and Azure lists the function that takes events. */
export async function app(look: Look): Promise<Line[]> {
  const answer = await look.arm.get(`${appPath(look)}?${webVersion}`);
  const site = siteSchema.safeParse(answer.body);
  if (answer.status !== 200 || !site.success) return [red("app", saidBy(answer), "azd up")];
  const { state } = site.data.properties;
  if (state !== "Running") {
    const todo = `az functionapp start --name ${look.app} --resource-group ${look.resourceGroup}`;
    return [red("app", `${look.app} is ${state}.`, todo)];
  }
  const listed = await look.arm.get(`${appPath(look)}/functions/resource-changed?${webVersion}`);
  if (listed.status === 200) return [fine("app", `${look.app} runs, with its functions.`)];
  return [red("app", `${look.app} runs, and Azure does not list its functions.`, "azd deploy --all")];
}

/** Whether App Service authentication stands in front of the app, with the two paths left out that need it, and takes anybody's tokens. */
export async function authentication(look: Look): Promise<Line[]> {
  if (look.isLocal) return [left("authentication")];
  const answer = await look.arm.get(`${appPath(look)}/config/authsettingsV2?${webVersion}`);
  const parsed = authenticationSchema.safeParse(answer.body);
  if (answer.status !== 200 || !parsed.success) return [red("authentication", saidBy(answer), "azd provision core")];
  const { platform, globalValidation, identityProviders } = parsed.data.properties;
  if (platform?.enabled !== true) {
    const todo = "azure-encryption-guard make-sign-in-app, and what it prints";
    return [warning("authentication", "Off: callers use function keys, and nobody's name is known.", todo)];
  }
  const excluded = (globalValidation?.excludedPaths ?? []).map((path) => path.toLowerCase());
  const missing = excludedPaths.filter((path) => !excluded.includes(path.toLowerCase()));
  if (missing.length > 0) {
    return [red("authentication", `On, also for ${missing.join(" and ")}: refused with 401.`, "azd provision core")];
  }
  const { registration, validation } = identityProviders?.azureActiveDirectory ?? {};
  const allowed = validation?.defaultAuthorizationPolicy?.allowedApplications ?? [];
  if (allowed.length > 0 && allowed.every((id) => id === registration?.clientId)) {
    const found = "On, for tokens alone that the app registration asked for itself: those of the Azure CLI get 403.";
    return [warning("authentication", found, `azd env set ALLOWED_APPLICATIONS ${azureCli}, then azd provision core`)];
  }
  return [fine("authentication", "On, with Event Grid's path and health left out.")];
}

/** The object ids of the app's own identities. */
export async function principalsOf(arm: Arm, look: Look): Promise<string[]> {
  const site = siteSchema.safeParse((await arm.get(`${appPath(look)}?${webVersion}`)).body);
  return Object.values(site.data?.identity?.userAssignedIdentities ?? {}).map(({ principalId }) => principalId);
}

/** Whether the app reaches others from a subnet of its own. */
export async function isInSubnet(look: Look): Promise<boolean> {
  const site = siteSchema.safeParse((await look.arm.get(`${appPath(look)}?${webVersion}`)).body);
  return Boolean(site.data?.properties.virtualNetworkSubnetId);
}
