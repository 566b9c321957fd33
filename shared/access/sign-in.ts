import { cloudNamedIn } from "../policy/clouds.ts";
import { entraSettings } from "./entra-settings.ts";

/** What tokens of Microsoft Entra have to say to be taken. */
export interface EntraSignIn {
  kind: "entra";
  /** Lower case. */
  tenantId: string;
  audiences: readonly string[];
  issuers: readonly string[];
  /** Where the keys are that tokens are signed by. */
  keysUrl: string;
  /** Paths on which App Service's word about a caller counts for nothing; absent where its authentication is off: then none does anywhere. */
  appServiceExcludes?: readonly string[];
}

/** How callers show who they are: by a function key, which the host checks; by signing in; or not at all, since settings are wrong. */
export type SignIn = { kind: "keys"; mayApprove: boolean } | EntraSignIn | { kind: "invalid"; problem: SignInProblem };

/** What is wrong: the setting, and what it should be. */
export interface SignInProblem {
  setting: string;
  allowed: string;
}

/**
 * How callers sign in, by the app settings. Whatever is half configured or wrong is `invalid`: then nobody is let in.
 * @param environment usually `process.env`.
 */
export function signInOf(environment: NodeJS.ProcessEnv): SignIn {
  const { entraTenantId, entraAudience, entraExcludedPaths, entraAuthority } = entraSettings;
  for (const { name, default: byDefault, read, allowed } of Object.values(entraSettings)) {
    if (read(environment[name] ?? byDefault) === undefined) return invalid(name, allowed);
  }
  const tenantId = readIn(entraTenantId, environment) ?? "";
  const audiences = readIn(entraAudience, environment) ?? [];
  if (tenantId === "" && audiences.length === 0) {
    return { kind: "keys", mayApprove: environment.APPROVE_WITH_KEY === "true" };
  }
  if (tenantId === "") return invalid(entraTenantId.name, "a tenant id (GUID), since ENTRA_AUDIENCE is set");
  if (audiences.length === 0) return invalid(entraAudience.name, "a client id, since ENTRA_TENANT_ID is set");
  const authority = authorityOf(environment);
  if (!authority) return invalid(entraAuthority.name, "where tokens are issued, since ENTRA_TENANT_ID is set");
  const isAppServiceOn = environment.WEBSITE_AUTH_ENABLED?.toLowerCase() === "true";
  return {
    kind: "entra",
    tenantId,
    audiences,
    issuers: authority.issuers.map((issuer) => issuer.replace("TENANT", tenantId)),
    keysUrl: `${authority.host}/${tenantId}/discovery/v2.0/keys`,
    ...(isAppServiceOn ? { appServiceExcludes: readIn(entraExcludedPaths, environment) ?? [] } : {}),
  };
}

/** Azure's own clouds have theirs, whatever the environment says; for a cloud of one's own it stands in the environment. */
function authorityOf(environment: NodeJS.ProcessEnv): { host: string; issuers: readonly string[] } | undefined {
  const cloud = cloudNamedIn(environment);
  if (cloud?.authorityHost && cloud.issuers) return { host: cloud.authorityHost, issuers: cloud.issuers };
  const host = environment.CLOUD === "custom" ? readIn(entraSettings.entraAuthority, environment) : undefined;
  return host ? { host, issuers: [`${host}/TENANT/`, `${host}/TENANT/v2.0`] } : undefined;
}

function readIn<Value>(
  { name, default: byDefault, read }: { name: string; default: string; read(text: string): Value | undefined },
  environment: NodeJS.ProcessEnv,
): Value | undefined {
  return read(environment[name] ?? byDefault);
}

function invalid(setting: string, allowed: string): SignIn {
  return { kind: "invalid", problem: { setting, allowed } };
}
