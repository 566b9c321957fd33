import { createLocalJWKSet, exportJWK, generateKeyPair, type JWTPayload, type JWTVerifyGetKey, SignJWT } from "jose";
import { beforeAll, describe, expect, test } from "vitest";
import { signInOf } from "../../../shared/access/sign-in.ts";
import { checkToken, keysOf, type TokenResult } from "../../../shared/access/token.ts";

const tenant = "72f988bf-0000-4000-8000-000000000001";
const client = "b0000000-0000-4000-8000-0000000000b1";
const person = "C0000000-0000-4000-8000-000000000001";
const signIn = signInOf({ ENTRA_TENANT_ID: tenant, ENTRA_AUDIENCE: client });
const now = new Date("2026-11-26T12:00:00Z");
const seconds = now.getTime() / 1000;

/** As Entra gives it to a person, in version 2. */
const claims = {
  iss: `https://login.microsoftonline.com/${tenant}/v2.0`,
  aud: client,
  tid: tenant,
  oid: person,
  sub: "AAAA-pairwise",
  azp: "04b07795-8ddb-461a-bbee-02f9e1bf7b46",
  scp: "user_impersonation",
  roles: ["Approver"],
  nbf: seconds - 10,
  exp: seconds + 3600,
};

type Key = Awaited<ReturnType<typeof generateKeyPair>>["privateKey"];

const keyId = "entra-1";
let entraKey: Key;
let otherKey: Key;
let keys: JWTVerifyGetKey;

beforeAll(async () => {
  const pair = await generateKeyPair("RS256");
  entraKey = pair.privateKey;
  otherKey = (await generateKeyPair("RS256")).privateKey;
  keys = createLocalJWKSet({ keys: [{ ...(await exportJWK(pair.publicKey)), kid: keyId, alg: "RS256", use: "sig" }] });
});

async function sign(payload: JWTPayload, key = entraKey, kid = keyId): Promise<string> {
  return await new SignJWT(payload).setProtectedHeader({ alg: "RS256", typ: "JWT", kid }).sign(key);
}

async function check(token: string, at = now): Promise<TokenResult> {
  if (signIn.kind !== "entra") throw new Error("The settings are those of a sign-in.");
  return await checkToken(token, signIn, keys, at);
}

function without(name: keyof typeof claims): JWTPayload {
  const { [name]: _left, ...rest } = claims;
  return rest;
}

describe("a token", () => {
  test("of version 2 speaks for a person, with its roles and the object id in lower case", async () => {
    expect(await check(await sign(claims))).toEqual({
      kind: "caller",
      caller: { kind: "person", objectId: person.toLowerCase(), roles: new Set(["Approver"]) },
    });
  });

  test("of version 1 does so too", async () => {
    const { azp, ...rest } = claims;
    const version1 = { ...rest, iss: `https://sts.windows.net/${tenant}/`, aud: `api://${client}`, appid: azp };

    expect(await check(await sign(version1))).toMatchObject({ kind: "caller", caller: { kind: "person" } });
  });

  test.each<[string, JWTPayload]>([
    ["says so itself", { ...claims, idtyp: "app" }],
    ["names no scope, and its subject is its object", { ...without("scp"), sub: person }],
  ])("speaks for a service principal where it %s", async (_how, payload) => {
    expect(await check(await sign(payload))).toMatchObject({ caller: { kind: "service principal" } });
  });

  test("without roles, or with others' only, gives none", async () => {
    const none = { kind: "caller", caller: { roles: new Set() } };

    expect(await check(await sign(without("roles")))).toMatchObject(none);
    expect(await check(await sign({ ...claims, roles: ["admin", "Owner", "Approver "] }))).toMatchObject(none);
  });

  test("is taken while clocks differ by a minute, and no longer", async () => {
    const token = await sign(claims);
    const at = (time: number) => new Date(time * 1000);

    expect(await check(token, at(claims.exp + 59))).toMatchObject({ kind: "caller" });
    expect(await check(token, at(claims.exp + 61))).toEqual({ kind: "refused", reason: "It has expired." });
    expect(await check(token, at(claims.nbf - 59))).toMatchObject({ kind: "caller" });
    expect(await check(token, at(claims.nbf - 61))).toEqual({ kind: "refused", reason: "It is not valid yet." });
  });

  test.each<[string, () => Promise<string>, string]>([
    [
      "signed by another key under Entra's name",
      () => sign(claims, otherKey),
      "It is not signed by a key of the tenant.",
    ],
    ["signed by an unknown key", () => sign(claims, otherKey, "mine"), "It is not signed by a key of the tenant."],
    ["without a signature", async () => unsigned(claims), "It is not signed by RS256."],
    ["signed by a secret that is Entra's public key", () => signedBySecret(), "It is not signed by RS256."],
    ["whose claims were exchanged", () => exchanged(), "It is not signed by a key of the tenant."],
    ["that is none", async () => "no.token", "It is no signed token."],
    [
      "for another audience",
      () => sign({ ...claims, aud: "https://management.azure.com" }),
      "It is meant for another audience.",
    ],
    ["for no audience", () => sign(without("aud")), "It is meant for another audience."],
    ["of another tenant's issuer", () => sign({ ...claims, iss: issuerOf(person) }), "It is of another issuer."],
    [
      "of an issuer that only looks like Entra",
      () => sign({ ...claims, iss: `${claims.iss}/` }),
      "It is of another issuer.",
    ],
    ["of another tenant under our issuer", () => sign({ ...claims, tid: person }), "It is of another tenant."],
    ["that never expires", () => sign(without("exp")), "It lacks a claim that access tokens have."],
    ["without an object id", () => sign(without("oid")), "It lacks a claim that access tokens have."],
    ["whose roles are a text", () => sign({ ...claims, roles: "Admin" }), "It lacks a claim that access tokens have."],
    ["that is an id token", () => sign({ ...without("scp"), azp: undefined }), "It is no access token."],
    ["that names no application", () => sign(without("azp")), "It is no access token."],
    ["of a device", () => sign({ ...claims, idtyp: "device" }), "It is no access token."],
  ])("%s is refused", async (_what, token, reason) => {
    expect(await check(await token())).toEqual({ kind: "refused", reason });
  });

  test("is not refused but can't be checked where Entra's keys can't be had", async () => {
    if (signIn.kind !== "entra") throw new Error("The settings are those of a sign-in.");
    const unreachable = keysOf({ ...signIn, keysUrl: "http://127.0.0.1:9/keys" });

    expect(await checkToken(await sign(claims), signIn, unreachable, now)).toMatchObject({ kind: "unavailable" });
  });
});

function issuerOf(otherTenant: string): string {
  return claims.iss.replace(tenant, otherTenant.toLowerCase());
}

function unsigned(payload: JWTPayload): string {
  const encoded = [{ alg: "none", typ: "JWT" }, payload].map((part) => base64(JSON.stringify(part)));
  return `${encoded.join(".")}.`;
}

/** The public key is everybody's: it must not do as a shared secret. */
async function signedBySecret(): Promise<string> {
  const secret = new TextEncoder().encode("-----BEGIN PUBLIC KEY-----, as everybody can read it");
  return await new SignJWT(claims).setProtectedHeader({ alg: "HS256", kid: keyId }).sign(secret);
}

async function exchanged(): Promise<string> {
  const [header, , signature] = (await sign(claims)).split(".");
  return [header, base64(JSON.stringify({ ...claims, roles: ["Admin"] })), signature].join(".");
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64url");
}
