import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import type { Identity } from "../../../emulator/identity/index.ts";
import { administrator, colleague, type LocalGraph, startLocalGraph, startLocalIdentity } from "./local-graph.ts";

const madeSchema = z.object({ id: z.string(), appId: z.string() });
const reader = {
  id: "22222222-0000-4000-8000-000000000001",
  value: "Reader",
  displayName: "Reader",
  description: "Reads.",
  isEnabled: true,
  allowedMemberTypes: ["User"],
};
const scope = { id: "22222222-0000-4000-8000-000000000002", value: "user_impersonation", isEnabled: true };
const client = { appId: "04b07795-8ddb-461a-bbee-02f9e1bf7b46", delegatedPermissionIds: [scope.id] };

let identity: Identity;
let local: LocalGraph;

beforeAll(async () => {
  identity = await startLocalIdentity();
});
afterAll(() => identity.close());
beforeEach(async () => {
  local = await startLocalGraph(identity);
});
afterEach(() => local.close());

async function makeApplication(more: object = {}) {
  const { body } = await local.ask("POST", "applications", { displayName: "Guard", ...more });
  return madeSchema.parse(body);
}

function refusal(code: string, message: string | RegExp = /./) {
  const innerError = { date: expect.any(String), "request-id": expect.any(String) };
  return { error: { code, message: expect.stringMatching(message), innerError } };
}

describe("applications", () => {
  test("are made, found by each key, changed and deleted", async () => {
    const { id, appId } = await makeApplication({ appRoles: [reader], uniqueName: "guard" });

    const found = await Promise.all(
      [`applications/${id}`, `applications(appId='${appId}')`, "applications(uniqueName='guard')"].map((path) =>
        local.ask("GET", path),
      ),
    );
    const changed = await local.ask("PATCH", `applications/${id}`, { displayName: "Guard two" });
    const then = await local.ask("GET", `applications/${id}`);
    const deleted = await local.ask("DELETE", `applications/${id}`);
    const gone = await local.ask("GET", `applications/${id}`);

    for (const { status, body } of found) {
      expect(status).toBe(200);
      expect(body).toMatchObject({ id, appId, uniqueName: "guard", appRoles: [{ ...reader, origin: "Application" }] });
    }
    expect([changed.status, deleted.status]).toEqual([204, 204]);
    expect(then.body).toMatchObject({ displayName: "Guard two", appRoles: [{ value: "Reader" }] });
    expect(gone).toEqual({ status: 404, body: refusal("Request_ResourceNotFound", `Resource '${id}' does not exist`) });
  });

  test("of a unique name are made by an upsert once, then changed by it", async () => {
    const path = "applications(uniqueName='guard')";
    const prefer = { prefer: "create-if-missing" };

    const without = await local.ask("PATCH", path, { displayName: "Guard" });
    const first = await local.ask("PATCH", path, { displayName: "Guard" }, prefer);
    const second = await local.ask("PATCH", path, { displayName: "Renamed" }, prefer);

    expect([without.status, first.status, second.status]).toEqual([404, 201, 204]);
    expect(local.graph.directory.applications.all()).toMatchObject([{ uniqueName: "guard", displayName: "Renamed" }]);
  });

  test("keep their unique name when they are deleted", async () => {
    const { id } = await makeApplication({ uniqueName: "guard" });
    await local.ask("DELETE", `applications/${id}`);

    const { status, body } = await local.ask(
      "PATCH",
      "applications(uniqueName='guard')",
      { displayName: "Guard" },
      { prefer: "create-if-missing" },
    );

    expect(status).toBe(400);
    expect(body).toMatchObject({
      error: {
        code: "Request_BadRequest",
        message: "Another object with the same value for property uniqueName already exists.",
        details: [{ code: "ObjectConflict", target: "uniqueName" }],
      },
    });
  });

  test("may share a display name", async () => {
    await makeApplication();
    await makeApplication();

    expect(local.graph.directory.applications.all()).toHaveLength(2);
  });

  test("lose no role and no scope that is enabled: lists are replaced as a whole, objects merged", async () => {
    const api = { requestedAccessTokenVersion: 2, oauth2PermissionScopes: [scope] };
    const { id } = await makeApplication({ appRoles: [reader], api });
    const other = { ...reader, id: "22222222-0000-4000-8000-000000000009", value: "Other" };

    const withoutRole = await local.ask("PATCH", `applications/${id}`, { appRoles: [other] });
    const withoutScope = await local.ask("PATCH", `applications/${id}`, { api: { oauth2PermissionScopes: [] } });
    const disabled = await local.ask("PATCH", `applications/${id}`, { appRoles: [{ ...reader, isEnabled: false }] });
    const removed = await local.ask("PATCH", `applications/${id}`, { appRoles: [] });
    const merged = await local.ask("PATCH", `applications/${id}`, { api: { acceptMappedClaims: true } });

    for (const { status, body } of [withoutRole, withoutScope]) {
      expect(status).toBe(400);
      expect(body).toMatchObject({ error: { code: "CannotDeleteOrUpdateEnabledEntitlement" } });
    }
    expect([disabled.status, removed.status, merged.status]).toEqual([204, 204, 204]);
    expect(local.graph.directory.applications.find("id", id)).toMatchObject({
      appRoles: [],
      api: { ...api, acceptMappedClaims: true },
    });
  });

  test("lose what an object of the request leaves out, where objects are replaced too", async () => {
    local.graph.replacesObjects = true;
    const { id } = await makeApplication({ api: { requestedAccessTokenVersion: 2 } });

    await local.ask("PATCH", `applications/${id}`, { api: { acceptMappedClaims: true } });

    expect(local.graph.directory.applications.find("id", id)).toMatchObject({ api: { acceptMappedClaims: true } });
    expect(local.graph.directory.applications.find("id", id)?.api).not.toHaveProperty("requestedAccessTokenVersion");
  });

  test("let a client in only to a scope that was there before the request", async () => {
    const { id } = await makeApplication();
    const both = { api: { oauth2PermissionScopes: [scope], preAuthorizedApplications: [client] } };

    const together = await local.ask("PATCH", `applications/${id}`, both);
    await local.ask("PATCH", `applications/${id}`, { api: { oauth2PermissionScopes: [scope] } });
    const afterwards = await local.ask("PATCH", `applications/${id}`, both);

    expect(together.status).toBe(400);
    expect(together.body).toMatchObject({ error: { code: "InvalidValue" } });
    expect(afterwards.status).toBe(204);
  });

  test("have as address only one with their client id, or a verified domain, of which there is none", async () => {
    const { id, appId } = await makeApplication();
    const patch = (uri: string) => local.ask("PATCH", `applications/${id}`, { identifierUris: [uri] });

    expect((await patch("https://guard.example")).body).toMatchObject({
      error: { code: "HostNameNotOnVerifiedDomain" },
    });
    expect((await patch(`api://${appId}`)).status).toBe(204);
    expect((await patch(`api://guard/${appId}`)).status).toBe(204);
  });

  test.for([
    [{ appId: "mine" }, "Invalid property 'appId'."],
    [{ appRoles: [{ ...reader, origin: "Application" }] }, "The property 'origin' is read-only."],
    [{ appRoles: [{ value: "Reader" }] }, "Invalid value specified for 'id'."],
  ] as const)("refuse %j", async ([body, message]) => {
    const { id } = await makeApplication();

    expect(await local.ask("PATCH", `applications/${id}`, body)).toEqual({
      status: 400,
      body: refusal("Request_BadRequest", message.replaceAll(/[.']/g, "\\$&")),
    });
  });

  test("are not seen by the next requests where the directory lags", async () => {
    local.graph.lag = { reads: 2, writes: 1, references: 1 };
    const { id, appId } = await makeApplication();

    const statuses = [];
    for (let reads = 0; reads < 3; reads += 1) statuses.push((await local.ask("GET", `applications/${id}`)).status);

    for (let writes = 0; writes < 2; writes += 1) {
      statuses.push((await local.ask("PATCH", `applications/${id}`, { displayName: "Two" })).status);
    }

    for (let references = 0; references < 2; references += 1) {
      statuses.push((await local.ask("POST", "servicePrincipals", { appId })).status);
    }

    expect(statuses).toEqual([404, 404, 200, 404, 204, 400, 201]);
  });
});

describe("service principals", () => {
  test("are made once for an application, and show its roles", async () => {
    const { appId } = await makeApplication({ appRoles: [reader] });

    const made = await local.ask("POST", "servicePrincipals", { appId, appRoleAssignmentRequired: true });
    const again = await local.ask("POST", "servicePrincipals", { appId });
    const foreign = await local.ask("POST", "servicePrincipals", { appId: reader.id });
    const found = await local.ask("GET", `servicePrincipals(appId='${appId}')`);

    expect(made.status).toBe(201);
    expect(again).toMatchObject({ status: 409, body: { error: { code: "Request_MultipleObjectsWithSameKeyValue" } } });
    expect(foreign).toMatchObject({
      status: 400,
      body: { error: { code: "Request_BadRequest", details: [{ code: "NoBackingApplicationObject" }] } },
    });
    expect(found.body).toMatchObject({ appId, appRoleAssignmentRequired: true, appRoles: [{ value: "Reader" }] });
  });

  test("give a role once to whom the directory knows, and only a role that there is", async () => {
    const { appId } = await makeApplication({ appRoles: [reader] });
    const { id: resourceId } = madeSchema.parse((await local.ask("POST", "servicePrincipals", { appId })).body);
    const assign = (principalId: string, appRoleId: string) =>
      local.ask("POST", `servicePrincipals/${resourceId}/appRoleAssignedTo`, { principalId, resourceId, appRoleId });

    const given = await assign(colleague.objectId, reader.id);
    const again = await assign(colleague.objectId, reader.id);
    const noRole = await assign(colleague.objectId, scope.id);
    const nobody = await assign(scope.id, reader.id);

    expect(given.status).toBe(201);
    expect(again.body).toMatchObject({ error: { message: "Permission being assigned already exists on the object" } });
    expect(noRole.body).toMatchObject({ error: { details: [{ code: "InvalidUpdate" }] } });
    expect(nobody).toMatchObject({ status: 404, body: { error: { code: "Request_ResourceNotFound" } } });
    expect((await local.ask("GET", `servicePrincipals/${resourceId}/appRoleAssignedTo`)).body).toMatchObject({
      value: [{ principalId: colleague.objectId, appRoleId: reader.id }],
    });
  });
});

describe("who asks", () => {
  async function statusAndCode(method: string, token: string | undefined) {
    const answer = await fetch(`${local.graph.endpoint}/v1.0/applications`, {
      method,
      ...(token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }),
      ...(method === "GET" ? {} : { body: JSON.stringify({ displayName: "Guard" }) }),
    });
    const { error } = z.object({ error: z.object({ code: z.string() }).optional() }).parse(await answer.json());
    return [answer.status, error?.code];
  }

  test("needs a token that is meant for Microsoft Graph", async () => {
    const other = await identity.tokenFor(administrator);

    expect(await statusAndCode("GET", undefined)).toEqual([401, "InvalidAuthenticationToken"]);
    expect(await statusAndCode("GET", "nonsense")).toEqual([401, "InvalidAuthenticationToken"]);
    expect(await statusAndCode("GET", other)).toEqual([401, "InvalidAuthenticationToken"]);
  });

  test("may read, and write only as an administrator of applications", async () => {
    const token = await local.tokenOf(colleague);

    expect(await statusAndCode("GET", token)).toEqual([200, undefined]);
    expect(await statusAndCode("POST", token)).toEqual([403, "Authorization_RequestDenied"]);
    expect(await statusAndCode("POST", await local.tokenOf(administrator))).toEqual([201, undefined]);
    expect(local.graph.writes).toEqual(["POST /v1.0/applications"]);
  });

  test("is told what this Microsoft Graph does not know", async () => {
    expect(await local.ask("GET", "users")).toMatchObject({ status: 400, body: { error: { code: "BadRequest" } } });
    expect(await local.ask("GET", "applications?$filter=displayName eq 'Guard'")).toMatchObject({
      status: 400,
      body: { error: { code: "Request_UnsupportedQuery" } },
    });
  });
});
