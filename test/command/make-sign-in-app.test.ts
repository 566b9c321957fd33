import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import * as z from "zod";
import type { Identity } from "../../emulator/identity/index.ts";
import { roles } from "../../shared/access/caller.ts";
import {
  administrator,
  colleague,
  type LocalGraph,
  startLocalGraph,
  startLocalIdentity,
  tenantId,
} from "../emulator/graph/local-graph.ts";
import { type Ran, run } from "./run.ts";

const azureCli = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";
const uniqueName = "azure-encryption-guard-production";

const objectSchema = z.looseObject({ id: z.string() });
const applicationSchema = z.looseObject({
  id: z.string(),
  appId: z.string(),
  appRoles: z.array(z.looseObject({ id: z.string(), value: z.string() })),
});

let identity: Identity;
let local: LocalGraph;

beforeAll(async () => {
  identity = await startLocalIdentity();
});
afterAll(() => identity.close());
beforeEach(async () => {
  local = await startLocalGraph(identity);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
  await local.close();
});

async function command(...more: string[]): Promise<Ran> {
  return await commandOf(await local.tokenOf(administrator), ...more);
}

function commandOf(token: string, ...more: string[]): Promise<Ran> {
  const environment = { ARM_ENDPOINT: "https://127.0.0.1:1", GRAPH_ENDPOINT: local.graph.endpoint, GRAPH_TOKEN: token };
  return run(["make-sign-in-app", ...more], { AZURE_ENV_NAME: "production", ...environment });
}

/** All that the directory holds. */
function stored() {
  const { applications, servicePrincipals, appRoleAssignments } = local.graph.directory;
  return [applications, servicePrincipals, appRoleAssignments].map((objects) => objects.all());
}

function application() {
  return applicationSchema.parse(local.graph.directory.applications.find("uniqueName", uniqueName));
}

function servicePrincipal() {
  return objectSchema.parse(local.graph.directory.servicePrincipals.all()[0]);
}

describe("in a directory that has none", () => {
  test("makes the application, its roles, its scope and its service principal, and says what the deployment is told", async () => {
    const { code, out, error } = await command();

    const { appId } = application();
    expect({ code, error }).toEqual({ code: 0, error: [] });
    expect(out).toEqual([
      `  unchanged         directory          ${tenantId}`,
      `  made              application        ${uniqueName}`,
      "  made              app role           Reader",
      "  made              app role           Operator",
      "  made              app role           Approver",
      "  made              app role           Admin",
      "  made              scope              user_impersonation",
      "  made              token version      2",
      `  made              identifier URI     api://${appId}`,
      `  made              client             ${azureCli}: the Azure CLI`,
      `  made              service principal  ${servicePrincipal().id}: gives tokens only to whom a role was assigned`,
      "Done.",
      "Tell the deployment:",
      `azd env set ENTRA_CLIENT_ID ${appId}`,
      `azd env set ALLOWED_APPLICATIONS ${azureCli}`,
      "azd provision core",
    ]);
  });

  test("makes it so that people and applications can have the service's roles, by tokens of version 2 that the Azure CLI may ask for", async () => {
    await command();

    const { appId, appRoles } = application();
    const [scope] = z
      .object({ oauth2PermissionScopes: z.array(objectSchema) })
      .parse(application().api).oauth2PermissionScopes;
    expect(appRoles.map(({ value }) => value)).toEqual([...roles]);
    for (const role of appRoles) {
      expect(role).toMatchObject({ isEnabled: true, allowedMemberTypes: ["User", "Application"] });
    }
    expect(application()).toMatchObject({
      displayName: "Azure Encryption Guard production",
      signInAudience: "AzureADMyOrg",
      identifierUris: [`api://${appId}`],
      api: {
        requestedAccessTokenVersion: 2,
        oauth2PermissionScopes: [{ value: "user_impersonation", type: "User", isEnabled: true }],
        preAuthorizedApplications: [{ appId: azureCli, delegatedPermissionIds: [scope?.id] }],
      },
    });
    expect(servicePrincipal()).toMatchObject({ appId, appRoleAssignmentRequired: true });
  });

  test("changes nothing the second time, and says the same of the deployment", async () => {
    const first = await command();
    const before = stored();
    const writes = local.graph.writes.length;

    const again = await command();

    expect(again.code).toBe(0);
    expect(again.out.filter((line) => line.startsWith("  ")).every((line) => line.startsWith("  unchanged"))).toBe(
      true,
    );
    expect(again.out).toContain("Nothing to change.");
    expect(again.out.slice(-4)).toEqual(first.out.slice(-4));
    expect(stored()).toEqual(before);
    expect(local.graph.writes).toHaveLength(writes);
  });

  test("writes nothing in a dry run", async () => {
    const { code, out } = await command("--dry-run", "--assign", `Admin=${colleague.objectId}`);

    expect(code).toBe(0);
    expect(out.slice(1)).toEqual([
      `  would be made     application        ${uniqueName}`,
      "  would be made     app role           Reader",
      "  would be made     app role           Operator",
      "  would be made     app role           Approver",
      "  would be made     app role           Admin",
      "  would be made     scope              user_impersonation",
      "  would be made     token version      2",
      "  would be made     identifier URI     api://CLIENT-ID",
      `  would be made     client             ${azureCli}: the Azure CLI`,
      "  would be made     service principal  of the application: gives tokens only to whom a role was assigned",
      `  would be made     assignment         Admin to ${colleague.objectId}`,
      "Nothing was written: a dry run.",
    ]);
    expect(local.graph.writes).toEqual([]);
  });

  test("does not let the Azure CLI in where that is not wanted", async () => {
    const { out } = await command("--without-azure-cli");

    expect(out.join("\n")).not.toContain(azureCli);
    expect(application().api).toMatchObject({ preAuthorizedApplications: [] });
  });

  test("waits until a directory whose copies lag shows what was made", async () => {
    local.graph.lag = { reads: 3, writes: 2, references: 2 };

    const { code, out } = await command();

    expect(code).toBe(0);
    expect(out).toContain("Done.");
    expect(stored().map((objects) => objects.length)).toEqual([1, 1, 0]);
  });

  test("says so where what was written is not shown for too long", async () => {
    local.graph.lag = { reads: 1000, writes: 0, references: 0 };

    const { code, out } = await command();

    expect(code).toBe(1);
    expect(out.at(-2)).toContain("It still reads otherwise than it was written: run the command again later.");
    expect(out.at(-1)).toBe("Not done.");
  });
});

describe("in a directory that has it already", () => {
  test.for([
    ["merges", false],
    ["replaces", true],
  ] as const)(
    "adds what is missing, and keeps roles with their ids, clients, addresses and names as they are, where a PATCH %s objects",
    async ([, replacesObjects]) => {
      local.graph.replacesObjects = replacesObjects;
      const reader = { id: "22222222-0000-4000-8000-000000000001", value: "Reader", displayName: "Lesender" };
      const own = { id: "22222222-0000-4000-8000-000000000002", value: "Auditor", displayName: "Auditor" };
      const scope = { id: "22222222-0000-4000-8000-000000000003", value: "user_impersonation", isEnabled: true };
      const otherScope = { id: "22222222-0000-4000-8000-000000000004", value: "read", isEnabled: true };
      const otherClient = { appId: "22222222-0000-4000-8000-000000000005", delegatedPermissionIds: [otherScope.id] };
      const { body } = await local.ask("POST", "applications", {
        displayName: "Our own name",
        uniqueName,
        appRoles: [reader, own],
        api: { oauth2PermissionScopes: [scope, otherScope], acceptMappedClaims: true },
      });
      const { id, appId } = z.object({ id: z.string(), appId: z.string() }).parse(body);
      await local.ask("PATCH", `applications/${id}`, { identifierUris: [`api://guard/${appId}`] });
      const cli = { appId: azureCli, delegatedPermissionIds: [otherScope.id] };
      const scopes = { oauth2PermissionScopes: [scope, otherScope], acceptMappedClaims: true };
      const api = { ...scopes, preAuthorizedApplications: [otherClient, cli] };
      await local.ask("PATCH", `applications/${id}`, { api });

      const { code, out } = await command();

      expect(code).toBe(0);
      expect(out).toEqual(
        expect.arrayContaining([
          `  unchanged         application        ${uniqueName}`,
          "  unchanged         app role           Reader",
          "  made              app role           Operator",
          "  unchanged         scope              user_impersonation",
          "  changed           token version      2",
          `  made              client             ${azureCli}: the Azure CLI`,
        ]),
      );
      const then = application();
      expect(then).toMatchObject({
        id,
        displayName: "Our own name",
        identifierUris: [`api://guard/${appId}`, `api://${appId}`],
        api: {
          acceptMappedClaims: true,
          requestedAccessTokenVersion: 2,
          oauth2PermissionScopes: [scope, otherScope],
          preAuthorizedApplications: [
            otherClient,
            { appId: azureCli, delegatedPermissionIds: [otherScope.id, scope.id] },
          ],
        },
      });
      expect(then.appRoles.slice(0, 2)).toMatchObject([reader, own]);
      expect(then.appRoles.map(({ value }) => value)).toEqual(["Reader", "Auditor", "Operator", "Approver", "Admin"]);
    },
  );

  test("leaves a role that somebody disabled, and says so", async () => {
    await command();
    const { id, appRoles } = application();
    const disabled = appRoles.map(({ origin: _origin, ...role }) => ({ ...role, isEnabled: role.value !== "Admin" }));
    await local.ask("PATCH", `applications/${id}`, { appRoles: disabled });

    const { code, out } = await command();

    expect(code).toBe(0);
    expect(out).toContain(
      "  stays             app role           Admin: somebody disabled it: enable it in the app registration",
    );
    expect(out).toContain("Nothing to change.");
    expect(application().appRoles.find(({ value }) => value === "Admin")).toMatchObject({ isEnabled: false });
  });

  test("lets its service principal give tokens only to whom a role was assigned", async () => {
    await command();
    await local.ask("PATCH", `servicePrincipals/${servicePrincipal().id}`, { appRoleAssignmentRequired: false });

    const dry = await command("--dry-run");
    const { out } = await command();

    expect(dry.out.some((line) => line.startsWith("  would be changed  service principal"))).toBe(true);
    expect(out.some((line) => line.startsWith("  changed           service principal"))).toBe(true);
    expect(servicePrincipal()).toMatchObject({ appRoleAssignmentRequired: true });
  });

  test("goes on where an earlier run was refused half-way", async () => {
    const { body } = await local.ask("POST", "applications", { displayName: "Guard", uniqueName });
    const { id } = objectSchema.parse(body);

    const { code } = await command();

    expect(code).toBe(0);
    expect(application().id).toBe(id);
    expect(stored().map((objects) => objects.length)).toEqual([1, 1, 0]);
  });
});

test("does not touch somebody else's application of the same display name", async () => {
  const displayName = "Azure Encryption Guard production";
  const { body } = await local.ask("POST", "applications", { displayName });
  const { id } = objectSchema.parse(body);
  const before = local.graph.directory.applications.find("id", id);

  await command();

  expect(application().id).not.toBe(id);
  expect(local.graph.directory.applications.find("id", id)).toEqual(before);
});

test("makes one for each environment", async () => {
  await command();
  await command("--environment", "trial");

  expect(local.graph.directory.applications.all().map((each) => each.uniqueName)).toEqual([
    uniqueName,
    "azure-encryption-guard-trial",
  ]);
});

test("gives roles to those who are named, once", async () => {
  const line = ["--assign", `Admin=${administrator.objectId}`, "--assign", `Approver=${colleague.objectId}`];

  const first = await command(...line);
  const again = await command(...line);

  const idOf = (role: string) => application().appRoles.find(({ value }) => value === role)?.id;
  expect(first.out).toContain(`  made              assignment         Admin to ${administrator.objectId}`);
  expect(again.out).toContain(`  unchanged         assignment         Approver to ${colleague.objectId}`);
  expect(again.out).toContain("Nothing to change.");
  expect(local.graph.directory.appRoleAssignments.all()).toMatchObject([
    { principalId: administrator.objectId, appRoleId: idOf("Admin"), resourceId: servicePrincipal().id },
    { principalId: colleague.objectId, appRoleId: idOf("Approver"), resourceId: servicePrincipal().id },
  ]);
});

test("finds who has a role already on any page of the list", async () => {
  const line = ["--assign", `Reader=${administrator.objectId}`, "--assign", `Reader=${colleague.objectId}`];
  await command(...line);
  local.graph.pageSize = 1;

  const { out } = await command("--assign", `Reader=${colleague.objectId}`);

  expect(out).toContain(`  unchanged         assignment         Reader to ${colleague.objectId}`);
});

test("adds the Azure CLI to the applications that are let in already", async () => {
  const token = await local.tokenOf(administrator);
  const pipeline = "33333333-0000-4000-8000-000000000001";
  const environment = { ARM_ENDPOINT: "https://127.0.0.1:1", GRAPH_ENDPOINT: local.graph.endpoint, GRAPH_TOKEN: token };

  const { out } = await run(["make-sign-in-app", "--environment", "production"], {
    ...environment,
    ALLOWED_APPLICATIONS: `${pipeline}, ${azureCli}`,
  });

  expect(out).toContain(`azd env set ALLOWED_APPLICATIONS ${pipeline},${azureCli}`);
});

test("prints JSON", async () => {
  const { out } = await command("--output", "json");

  const { appId } = application();
  expect(JSON.parse(out.join("\n"))).toMatchObject({
    tenantId,
    clientId: appId,
    steps: expect.arrayContaining([{ what: "app role", name: "Reader", did: "made" }]),
    settings: { ENTRA_CLIENT_ID: appId, ALLOWED_APPLICATIONS: azureCli },
  });
});

test("asks for a token of Microsoft Graph with what the machine is signed in with", async () => {
  const signedIn = { IDENTITY_ENDPOINT: identity.endpoint, IDENTITY_HEADER: identity.header };
  for (const [name, value] of Object.entries(signedIn)) vi.stubEnv(name, value);

  const { code } = await run(["make-sign-in-app", "--environment", "production"], {
    ARM_ENDPOINT: "https://127.0.0.1:1",
    GRAPH_ENDPOINT: local.graph.endpoint,
    ...signedIn,
  });

  expect(code).toBe(0);
  expect(application().appId).toBeDefined();
});

test.for([
  ["public", "https://graph.microsoft.com"],
  ["usgovernment", "https://graph.microsoft.us"],
  ["china", "https://microsoftgraph.chinacloudapi.cn"],
] as const)("asks Microsoft Graph of the cloud %s at %s, with a token for it", async ([cloud, endpoint]) => {
  const signedIn = { IDENTITY_ENDPOINT: identity.endpoint, IDENTITY_HEADER: identity.header };
  for (const [name, value] of Object.entries(signedIn)) vi.stubEnv(name, value);
  const asked: { url: string; audience: string | undefined; redirect: string | undefined }[] = [];
  vi.stubGlobal("fetch", async (url: URL, { headers, redirect }: RequestInit) => {
    const token = new Headers(headers).get("authorization")?.replace("Bearer ", "") ?? "";
    asked.push({ url: url.href, audience: identity.authenticate(token)?.claims.aud, redirect });
    return new Response("", { status: 503 });
  });

  const { code, out } = await run(["make-sign-in-app", "--environment", "production"], { CLOUD: cloud, ...signedIn });

  expect({ code, last: out.at(-2) }).toEqual({ code: 1, last: expect.stringContaining("Microsoft Graph: status 503") });
  expect(asked).toEqual([
    { url: `${endpoint}/v1.0/applications(uniqueName='${uniqueName}')`, audience: endpoint, redirect: "error" },
  ]);
});

describe("where it can't", () => {
  test("for lack of rights, says who can, and prints nothing for the deployment", async () => {
    const { code, out } = await commandOf(await local.tokenOf(colleague));

    expect(code).toBe(1);
    expect(out.at(-2)).toMatch(
      /^ {2}failed .* Authorization_RequestDenied: Insufficient privileges to complete the operation\. Let somebody run it who has the role Application Administrator .* Application\.ReadWrite\.All/,
    );
    expect(out.at(-1)).toBe("Not done.");
    expect(local.graph.writes).toEqual([]);
  });

  test("for a deleted one that keeps the name, says what to do with it", async () => {
    await command();
    await local.ask("DELETE", `applications/${application().id}`);

    const { code, out } = await command();

    expect(code).toBe(1);
    expect(out.at(-2)).toMatch(/uniqueName already exists\. One of that name was deleted, .* restore it, or delete it/);
  });

  test("for somebody whom the directory does not know, has made the rest", async () => {
    const nobody = "33333333-0000-4000-8000-000000000009";

    const { code, out } = await command("--assign", `Admin=${nobody}`);

    expect(code).toBe(1);
    expect(out.at(-2)).toContain(`Request_ResourceNotFound: Resource '${nobody}' does not exist`);
    expect(application().appRoles).toHaveLength(roles.length);
  });

  test("for a token that is meant for something else, says what Microsoft Graph says", async () => {
    const { code, out } = await commandOf(await identity.tokenFor(administrator));

    expect(code).toBe(1);
    expect(out.at(-2)).toContain("InvalidAuthenticationToken: Access token validation failure. Invalid audience.");
  });

  test.for([
    [{}, [], /Name the azd environment/],
    [{ AZURE_ENV_NAME: "it's" }, [], /Name the azd environment/],
    [{ AZURE_ENV_NAME: "production" }, ["--assign", "Owner=33333333-0000-4000-8000-000000000009"], /not ROLE=GUID/],
    [{ AZURE_ENV_NAME: "production" }, ["--assign", "Admin=alex@example.com"], /not ROLE=GUID/],
    [{ AZURE_ENV_NAME: "production" }, [], /Where Microsoft Graph is has to stand in GRAPH_ENDPOINT/],
    [
      { AZURE_ENV_NAME: "production", GRAPH_ENDPOINT: "http://graph.example" },
      [],
      /Where Microsoft Graph is has to stand in GRAPH_ENDPOINT/,
    ],
  ] as const)("refuses %j with %j before anything is asked", async ([environment, line, says]) => {
    const { code, error } = await run(["make-sign-in-app", ...line], {
      ARM_ENDPOINT: "https://127.0.0.1:1",
      ...environment,
    });

    expect(code).toBe(3);
    expect(error[0]).toMatch(says);
  });
});
