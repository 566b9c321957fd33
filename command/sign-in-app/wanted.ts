import * as z from "zod";
import { type Role, roles } from "../../shared/access/caller.ts";
import { isJsonObject, type Json, type JsonObject } from "../../shared/json.ts";

/** The client id of the Azure command line, which Microsoft owns (docs: "Application IDs of commonly used Microsoft applications"). */
export const azureCli = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";

const entrySchema = z.looseObject({
  id: z.string(),
  value: z.string().nullish(),
  isEnabled: z.boolean().nullish(),
});
const clientSchema = z.looseObject({ appId: z.string(), delegatedPermissionIds: z.array(z.string()).default([]) });

/** An application, as far as sign-in goes. What else it has is never written. */
export const applicationSchema = z.object({
  id: z.string(),
  appId: z.guid(),
  displayName: z.string(),
  identifierUris: z.array(z.string()),
  appRoles: z.array(entrySchema),
  api: z.looseObject({
    requestedAccessTokenVersion: z.number().nullish(),
    oauth2PermissionScopes: z.array(entrySchema).default([]),
    preAuthorizedApplications: z.array(clientSchema).default([]),
  }),
});

/** See {@link applicationSchema}. */
export type Application = z.infer<typeof applicationSchema>;

/** One part of an application, as it was found. */
export interface Part {
  what: "app role" | "scope" | "token version" | "identifier URI" | "client";
  name: string;
  /** `kept`: it is otherwise, and somebody will have wanted that. */
  state: "there" | "missing" | "otherwise" | "kept";
  why?: string;
}

/**
 * Each role has the same id everywhere, so that two who run the command at once make one role and not two. The texts are what an
 * administrator reads who gives it to somebody. docs/http.md says which route needs which.
 */
const roleEntries: { readonly [Name in Role]: { id: string; description: string } } = {
  Reader: { id: "5d0f6b0e-6d0b-4c54-9d1c-3a5a7f3f9c01", description: "Reads what was found and done." },
  Operator: {
    id: "5d0f6b0e-6d0b-4c54-9d1c-3a5a7f3f9c02",
    description: "Asks for re-checks, stops and resumes writes.",
  },
  Approver: { id: "5d0f6b0e-6d0b-4c54-9d1c-3a5a7f3f9c03", description: "Approves, rejects, undoes and exempts." },
  Admin: { id: "5d0f6b0e-6d0b-4c54-9d1c-3a5a7f3f9c04", description: "May do everything in Azure Encryption Guard." },
};

const scopeId = "5d0f6b0e-6d0b-4c54-9d1c-3a5a7f3f9c11";
const scopeValue = "user_impersonation";
/** Of these tokens the audience is always the client id (docs: "Access token claims reference", `aud`). */
const tokenVersion = 2;

/** The parts that the first write makes: those that others refer to. */
export function basicParts(application: Application | undefined): Part[] {
  const version = application?.api.requestedAccessTokenVersion;
  const versionState = version === tokenVersion ? "there" : application ? "otherwise" : "missing";
  return [
    ...roles.map((name): Part => ({ what: "app role", name, ...standing(roleOf(application, name)) })),
    { what: "scope", name: scopeValue, ...standing(scopeOf(application)) },
    { what: "token version", name: String(tokenVersion), state: versionState },
  ];
}

/** The parts that need the first to be there: the address holds the client id, and a client is let in to a scope. */
export function furtherParts(application: Application | undefined, letsAzureCliIn: boolean): Part[] {
  const uri = uriOf(application);
  const hasUri = application?.identifierUris.includes(uri) === true;
  const client: Part = { what: "client", name: azureCli, state: isLetIn(application) ? "there" : "missing" };
  return [
    { what: "identifier URI", name: uri, state: hasUri ? "there" : "missing" },
    ...(letsAzureCliIn ? [{ ...client, why: "the Azure CLI" }] : []),
  ];
}

/** What the first write says; nothing where all is there. Lists are replaced as a whole, so what they hold goes with it as it was read. */
export function basicChange(application: Application | undefined): JsonObject | undefined {
  if (basicParts(application).every(({ state }) => state === "there" || state === "kept")) return undefined;
  const missing = roles.filter((name) => roleOf(application, name) === undefined);
  const scopes = application?.api.oauth2PermissionScopes ?? [];
  return {
    appRoles: [...(application?.appRoles ?? []).map(withoutOrigin), ...missing.map(newRole)],
    api: {
      ...plain(application?.api ?? {}),
      requestedAccessTokenVersion: tokenVersion,
      oauth2PermissionScopes: [...scopes.map(plain), ...(scopeOf(application) ? [] : [newScope])],
    },
  };
}

/** What the second write says; nothing where all is there. */
export function furtherChange(application: Application, letsAzureCliIn: boolean): JsonObject | undefined {
  const missing = furtherParts(application, letsAzureCliIn).filter(({ state }) => state === "missing");
  if (missing.length === 0) return undefined;
  const uri = uriOf(application);
  const addsClient = missing.some(({ what }) => what === "client");
  return {
    ...(missing.some(({ what }) => what === "identifier URI")
      ? { identifierUris: [...application.identifierUris, uri] }
      : {}),
    ...(addsClient ? { api: { ...plain(application.api), preAuthorizedApplications: clientsOf(application) } } : {}),
  };
}

/** The id of a role in an application that has it. */
export function roleId(application: Application | undefined, role: Role): string {
  return roleOf(application, role)?.id ?? roleEntries[role].id;
}

function roleOf(application: Application | undefined, role: Role) {
  return application?.appRoles.find(({ value }) => value === role);
}

function scopeOf(application: Application | undefined) {
  return application?.api.oauth2PermissionScopes.find(({ value }) => value === scopeValue);
}

function standing(entry: z.infer<typeof entrySchema> | undefined): Pick<Part, "state" | "why"> {
  if (!entry) return { state: "missing" };
  if (entry.isEnabled !== false) return { state: "there" };
  return { state: "kept", why: "somebody disabled it: enable it in the app registration" };
}

function isLetIn(application: Application | undefined): boolean {
  const scope = scopeOf(application);
  return application?.api.preAuthorizedApplications.some(isAzureCliFor(scope?.id)) === true;
}

function isAzureCliFor(scope: string | undefined) {
  return ({ appId, delegatedPermissionIds }: z.infer<typeof clientSchema>) =>
    appId === azureCli && scope !== undefined && delegatedPermissionIds.includes(scope);
}

/** All clients, the Azure CLI with the scope beside those that it may have already. */
function clientsOf(application: Application): JsonObject[] {
  const { preAuthorizedApplications: clients } = application.api;
  const own = clients.find(({ appId }) => appId === azureCli);
  const delegatedPermissionIds = [...(own?.delegatedPermissionIds ?? []), scopeOf(application)?.id ?? scopeId];
  return [
    ...clients.filter((each) => each !== own).map(plain),
    { ...plain(own ?? {}), appId: azureCli, delegatedPermissionIds },
  ];
}

function uriOf(application: Application | undefined): string {
  return `api://${application?.appId ?? "CLIENT-ID"}`;
}

function newRole(name: Role): JsonObject {
  const { id, description } = roleEntries[name];
  return {
    id,
    value: name,
    displayName: name,
    description,
    isEnabled: true,
    allowedMemberTypes: ["User", "Application"],
  };
}

const newScope: JsonObject = {
  id: scopeId,
  value: scopeValue,
  type: "User",
  isEnabled: true,
  adminConsentDisplayName: "Access Azure Encryption Guard",
  adminConsentDescription: "Lets an application call Azure Encryption Guard as whoever is signed in.",
  userConsentDisplayName: "Access Azure Encryption Guard",
  userConsentDescription: "Lets an application call Azure Encryption Guard as you.",
};

/** Docs: "appRole resource type": `origin` must not be in a request. */
function withoutOrigin(role: object): JsonObject {
  const { origin: _origin, ...rest } = plain(role);
  return rest;
}

function plain(value: object): JsonObject {
  const json: Json = JSON.parse(JSON.stringify(value));
  return isJsonObject(json) ? json : {};
}
