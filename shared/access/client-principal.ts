import * as z from "zod";
import { type Caller, rolesIn } from "./caller.ts";

const principalSchema = z.object({
  auth_typ: z.literal("aad"),
  role_typ: z.string(),
  claims: z.array(z.object({ typ: z.string(), val: z.string() })),
});

/** App Service gives some claims their long names (docs: "Work with user identities in Azure App Service authentication"). */
const claimNames = {
  oid: ["oid", "http://schemas.microsoft.com/identity/claims/objectidentifier"],
  tid: ["tid", "http://schemas.microsoft.com/identity/claims/tenantid"],
  sub: ["sub", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier"],
  idtyp: ["idtyp"],
  scp: ["scp", "http://schemas.microsoft.com/identity/claims/scope"],
  roles: ["roles", "http://schemas.microsoft.com/ws/2008/06/identity/claims/role"],
};

const guid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;

/**
 * Whom App Service authentication names in its header `x-ms-client-principal`, or nothing where it is no one of the tenant.
 * Only to be asked where nobody else can have set the header.
 */
export function clientPrincipal(header: string, tenantId: string): Caller | undefined {
  const principal = principalSchema.safeParse(jsonIn(header));
  if (!principal.success) return undefined;
  const { claims, role_typ } = principal.data;
  const values = (names: readonly string[]) => claims.flatMap(({ typ, val }) => (names.includes(typ) ? [val] : []));
  const [oid, ...otherIds] = values(claimNames.oid).map((id) => id.toLowerCase());
  const [tid, ...otherTenants] = values(claimNames.tid);
  if (oid === undefined || !guid.test(oid) || otherIds.length > 0) return undefined;
  if (tid?.toLowerCase() !== tenantId || otherTenants.length > 0) return undefined;
  const isApplication = values(claimNames.idtyp).includes("app") || isSubject(oid, values);
  return {
    kind: isApplication ? "service principal" : "person",
    objectId: oid,
    roles: rolesIn(values([...claimNames.roles, role_typ])),
  };
}

/** As in tokens: of an application itself subject and object are the same, and no scopes are named. */
function isSubject(oid: string, values: (names: readonly string[]) => string[]): boolean {
  return values(claimNames.scp).length === 0 && values(claimNames.sub).some((sub) => sub.toLowerCase() === oid);
}

function jsonIn(base64: string): unknown {
  try {
    return JSON.parse(Buffer.from(base64, "base64").toString("utf8"));
  } catch {
    return undefined;
  }
}
