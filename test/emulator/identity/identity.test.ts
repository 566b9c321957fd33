import { createPublicKey, verify } from "node:crypto";
import { ManagedIdentityCredential } from "@azure/identity";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { type ManualClock, manualClock } from "../../../emulator/clock.ts";
import {
  type Identity,
  type Principal,
  type RegisteredApplication,
  startIdentity,
} from "../../../emulator/identity/index.ts";

const tenantId = "aaaabbbb-0000-cccc-1111-dddd2222eeee";
const app: Principal = {
  objectId: "11111111-0000-0000-0000-000000000001",
  applicationId: "22222222-0000-0000-0000-000000000001",
  name: "guard-app",
  kind: "managedIdentity",
};
const operator: Principal = { objectId: "11111111-0000-0000-0000-000000000002", name: "ada@example.com", kind: "user" };

const jsonWebKeySet = z.object({
  keys: z.tuple([z.looseObject({ kty: z.literal("RSA"), n: z.string(), e: z.string() })]),
});
const tokenAnswer = z.object({ access_token: z.string() });

let clock: ManualClock;
let identity: Identity;

beforeEach(async () => {
  clock = manualClock(Date.now());
  identity = await startIdentity({
    port: 0,
    tenantId,
    clock,
    managedIdentity: app,
    msiPrincipal: operator,
    people: [operator],
  });
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await identity.close();
});

test("an unmodified ManagedIdentityCredential gets a token that speaks for the app", async () => {
  vi.stubEnv("IDENTITY_ENDPOINT", identity.endpoint);
  vi.stubEnv("IDENTITY_HEADER", identity.header);

  const { token, expiresOnTimestamp } = await new ManagedIdentityCredential().getToken(
    "https://management.azure.com/.default",
  );

  expect(expiresOnTimestamp).toBeGreaterThan(clock.now());
  expect(identity.authenticate(token)).toMatchObject({
    objectId: app.objectId,
    applicationId: app.applicationId,
    tenantId,
    name: "guard-app",
    claims: { aud: expect.stringMatching(/^https:\/\/management\.azure\.com/), iss: identity.issuer },
  });
});

test("the endpoint refuses a wrong header, a missing resource and the identity of another app", async () => {
  const ask = async (query: string, header = identity.header) =>
    (await fetch(`${identity.endpoint}?${query}`, { headers: { "x-identity-header": header } })).status;

  expect(await ask("api-version=2019-08-01&resource=x", "wrong")).toBe(401);
  expect(await ask("api-version=2019-08-01")).toBe(400);
  expect(await ask("api-version=2019-08-01&resource=x&client_id=other")).toBe(400);
  expect(await ask(`api-version=2019-08-01&resource=x&client_id=${app.applicationId}`)).toBe(200);
});

test("az login --identity gets a three-part token of another person than the app", async () => {
  const response = await fetch(identity.msiEndpoint, {
    method: "POST",
    headers: { secret: identity.msiSecret, metadata: "true" },
    body: new URLSearchParams({ resource: "https://management.core.windows.net/" }),
  });
  const answer: unknown = await response.json();

  expect(answer).toMatchObject({ token_type: "Bearer", resource: "https://management.core.windows.net/" });
  const token = tokenAnswer.parse(answer).access_token;
  expect(token).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
  expect(identity.authenticate(token)).toMatchObject({ objectId: operator.objectId, tenantId });
  expect((await fetch(identity.msiEndpoint, { method: "POST", headers: { secret: "wrong" } })).status).toBe(401);
});

test("a person on the list gets a bare token for curl, others none", async () => {
  const url = new URL("/token?name=ada@example.com", identity.endpoint);

  const token = await (await fetch(url)).text();

  expect(identity.authenticate(token)).toMatchObject({ objectId: operator.objectId, name: "ada@example.com" });
  url.searchParams.set("name", "mallory@example.com");
  expect((await fetch(url)).status).toBe(404);
});

describe("for an application that the directory has", () => {
  const registered: RegisteredApplication = {
    clientId: "33333333-0000-4000-8000-000000000001",
    tokenVersion: 2,
    isAssignmentRequired: true,
    rolesOf: (objectId) => (objectId === operator.objectId ? ["Operator"] : []),
    letsIn: () => true,
  };

  async function claimsFor(principal: Principal, audience: string, application = registered) {
    const directory = (asked: string) => (asked === "api://registered" ? application : undefined);
    const other = await startIdentity({ port: 0, tenantId, clock, managedIdentity: app, application: directory });
    try {
      return other.authenticate(await other.tokenFor(principal, audience))?.claims;
    } finally {
      await other.close();
    }
  }

  test("tokens are of its version, meant for its client id, and name the roles that were assigned", async () => {
    expect(await claimsFor(operator, "api://registered")).toMatchObject({
      ver: "2.0",
      aud: registered.clientId,
      roles: '["Operator"]',
    });
    expect(await claimsFor(operator, "api://registered", { ...registered, tokenVersion: 1 })).toMatchObject({
      ver: "1.0",
      aud: "api://registered",
    });
  });

  test("there is none for whom no role was assigned, where it asks for that", async () => {
    const open = { ...registered, isAssignmentRequired: false };

    await expect(claimsFor(app, "api://registered")).rejects.toThrow("AADSTS50105");
    expect(await claimsFor(app, "api://registered", open)).toMatchObject({ roles: "[]" });
    expect(await claimsFor(app, "api://other")).toMatchObject({ aud: "api://other" });
  });

  test("there is none for a person where the Azure command line is not let in", async () => {
    const closed = { ...registered, letsIn: () => false };

    await expect(claimsFor(operator, "api://registered", closed)).rejects.toThrow("AADSTS65001");
  });
});

test("a token is refused when it has expired, was altered, or comes from another issuer", async () => {
  const other = await startIdentity({ port: 0, tenantId, clock, managedIdentity: app });
  const foreign = await other.tokenFor(app);
  await other.close();
  const token = await identity.tokenFor(app);
  const [header, , signature] = token.split(".");
  const forged = Buffer.from(JSON.stringify({ oid: operator.objectId, tid: tenantId, exp: 9e9 })).toString("base64url");

  expect(identity.authenticate(token)).toBeDefined();
  expect(identity.authenticate(foreign)).toBeUndefined();
  expect(identity.authenticate(`${header}.${forged}.${signature}`)).toBeUndefined();
  expect(identity.authenticate("no token")).toBeUndefined();
  await clock.advance(24 * 60 * 60 * 1000);
  expect(identity.authenticate(token)).toBeUndefined();
});

test("the published keys verify the tokens", async () => {
  const configuration = await (await fetch(`${identity.issuer}.well-known/openid-configuration`)).json();
  expect(configuration).toMatchObject({ issuer: identity.issuer, jwks_uri: identity.jwksUrl });
  const { keys } = jsonWebKeySet.parse(await (await fetch(identity.jwksUrl)).json());
  const [header, payload, signature = ""] = (await identity.tokenFor(app)).split(".");

  const isValid = verify(
    "RSA-SHA256",
    Buffer.from(`${header}.${payload}`),
    createPublicKey({ key: keys[0], format: "jwk" }),
    Buffer.from(signature, "base64url"),
  );

  expect(isValid).toBe(true);
});
