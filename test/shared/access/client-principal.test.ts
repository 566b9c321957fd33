import { expect, test } from "vitest";
import { clientPrincipal } from "../../../shared/access/client-principal.ts";

const tenant = "72f988bf-0000-4000-8000-000000000001";
const person = "c0000000-0000-4000-8000-000000000001";
const roleName = "http://schemas.microsoft.com/ws/2008/06/identity/claims/role";

const claims = [
  { typ: "http://schemas.microsoft.com/identity/claims/tenantid", val: tenant },
  { typ: "http://schemas.microsoft.com/identity/claims/objectidentifier", val: person.toUpperCase() },
  { typ: "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier", val: "pairwise" },
  { typ: roleName, val: "Operator" },
  { typ: "roles", val: "Reader" },
];

function header(principal: object): string {
  return Buffer.from(JSON.stringify({ auth_typ: "aad", role_typ: roleName, name_typ: "name", ...principal })).toString(
    "base64",
  );
}

test("names the person whom App Service signed in, with all roles", () => {
  expect(clientPrincipal(header({ claims }), tenant)).toEqual({
    kind: "person",
    objectId: person,
    roles: new Set(["Reader", "Operator"]),
  });
});

test("tells a service principal by its subject", () => {
  const own = [...claims.slice(0, 2), { typ: "sub", val: person }];

  expect(clientPrincipal(header({ claims: own }), tenant)).toMatchObject({ kind: "service principal" });
});

test.each([
  ["is no JSON", "Admin"],
  ["is of another provider", header({ claims, auth_typ: "github" })],
  ["names no tenant", header({ claims: claims.slice(1) })],
  ["names another tenant", header({ claims: [{ typ: "tid", val: person }, ...claims.slice(1)] })],
  ["names two tenants", header({ claims: [{ typ: "tid", val: person }, ...claims] })],
  ["names no object", header({ claims: claims.filter(({ val }) => val !== person.toUpperCase()) })],
  ["names two objects", header({ claims: [{ typ: "oid", val: tenant }, ...claims] })],
  ["names an object by a name", header({ claims: [claims[0], { typ: "oid", val: "admin" }] })],
])("names nobody where it %s", (_what, text) => {
  expect(clientPrincipal(text, tenant)).toBeUndefined();
});
