import { HttpRequest, InvocationContext } from "@azure/functions";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import * as z from "zod";
import { systemClock } from "../../../emulator/clock.ts";
import { type Identity, type Principal, startIdentity } from "../../../emulator/identity/index.ts";
import { type Caller, type Role, roles } from "../../../shared/access/caller.ts";
import { type RouteName, routes } from "../../../shared/access/routes.ts";
import { type SignIn, signInOf } from "../../../shared/access/sign-in.ts";
import { answerCall } from "../../../shared/doors/answer-call.ts";
import { errorAnswer, type HttpAnswer } from "../../../shared/doors/http-answer.ts";
import { linesOf } from "../../../shared/journal/links.ts";
import { storage } from "../../../shared/service/service.ts";
import { useAzurite } from "../../support/azurite.ts";

const azurite = useAzurite();
const tenantId = "72f988bf-0000-4000-8000-000000000001";
const audience = "api://b0000000-0000-4000-8000-0000000000b1";
const person: Principal = {
  objectId: "d0000000-0000-4000-8000-000000000001",
  name: "rita@polaris.example",
  kind: "user",
};

/** Who may call what, and who may not: written out, so that a slip in the table is seen. A route that is missing here is a type error. */
const mayCall: Record<RouteName, readonly Role[]> = {
  health: ["Reader", "Operator", "Approver", "Admin"],
  recheck: ["Operator", "Admin"],
  "recheck-operation": ["Reader", "Operator", "Approver", "Admin"],
  remediations: ["Reader", "Operator", "Approver", "Admin"],
  remediation: ["Reader", "Operator", "Approver", "Admin"],
  journal: ["Reader", "Operator", "Approver", "Admin"],
  "close-breaker": ["Operator", "Admin"],
  stop: ["Operator", "Admin"],
  resume: ["Operator", "Admin"],
  replay: ["Operator", "Admin"],
  undo: ["Approver", "Admin"],
  approve: ["Approver", "Admin"],
  reject: ["Approver", "Admin"],
  exemptions: ["Reader", "Operator", "Approver", "Admin"],
  exempt: ["Approver", "Admin"],
  "exemption-end": ["Approver", "Admin"],
  openapi: ["Reader", "Operator", "Approver", "Admin"],
  explain: ["Reader", "Operator", "Approver", "Admin"],
};
const names = Object.keys(routes).filter(isRoute);

let identity: Identity;
let signIn: SignIn;

beforeAll(async () => {
  vi.stubEnv("AzureWebJobsStorage", azurite.connectionString());
  await azurite.clients().container("journal").createIfNotExists();
  identity = await startIdentity({ port: 0, tenantId, clock: systemClock(), managedIdentity: person });
  signIn = signInOf(entraSettings());
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await identity?.close();
});

function entraSettings(): { [name: string]: string } {
  return {
    ENTRA_TENANT_ID: tenantId,
    ENTRA_AUDIENCE: audience,
    CLOUD: "custom",
    ENTRA_AUTHORITY: identity.authorityHost,
  };
}

interface Asked {
  signIn?: SignIn;
  headers?: { [name: string]: string };
  body?: string;
  /** What the door answers. */
  answer?: HttpAnswer;
}

/** Calls a route whose door only says that it was reached. */
async function call(name: RouteName, asked: Asked = {}): Promise<{ answer: HttpAnswer; reachedBy?: Caller }> {
  let reachedBy: Caller | undefined;
  const { method, path } = routes[name];
  const request = new HttpRequest({
    method,
    url: `http://localhost/api/${path.replaceAll(/\{\w+\}/g, "x")}?code=secret`,
    headers: asked.headers ?? {},
    ...(asked.body === undefined ? {} : { body: { string: asked.body } }),
  });
  const answer = await answerCall({
    name,
    signIn: asked.signIn ?? signIn,
    request,
    context: new InvocationContext({ functionName: name, invocationId: "1", logHandler: () => undefined }),
    async handler(received, caller) {
      reachedBy = caller;
      return asked.answer ?? { status: 200, jsonBody: { read: await received.text() } };
    },
  });
  return reachedBy === undefined ? { answer } : { answer, reachedBy };
}

async function bearer(...given: string[]): Promise<{ authorization: string }> {
  return { authorization: `Bearer ${await identity.tokenFor({ ...person, roles: given }, audience)}` };
}

describe.each(names)("the route %s", (name) => {
  test.each(roles)("lets %s in where that is so, and names the missing role where not", async (role) => {
    const { answer, reachedBy } = await call(name, { headers: await bearer(role) });

    if (mayCall[name].includes(role)) {
      expect(answer.status).toBe(200);
      expect(reachedBy).toEqual({ kind: "person", objectId: person.objectId, roles: new Set([role]) });
    } else {
      expect(reachedBy).toBeUndefined();
      expect(answer).toMatchObject({ status: 403, jsonBody: { error: { code: "role-missing" } } });
      expect(JSON.stringify(answer.jsonBody)).toMatch(new RegExp(`the role (${mayCall[name].join("|")})\\.`));
    }
  });

  test("refuses who has no role", async () => {
    const { answer, reachedBy } = await call(name, { headers: await bearer() });

    expect(reachedBy).toBeUndefined();
    expect(answer.status).toBe(403);
  });

  test.each<[string, () => Promise<{ [header: string]: string }>]>([
    ["nothing", async () => ({})],
    ["a function key", async () => ({ "x-functions-key": "right" })],
    ["a name and a password", async () => ({ authorization: "Basic YWRhbTpwYXNzd29yZA==" })],
    ["App Service's header while its authentication is off", async () => ({ "x-ms-client-principal": principal() })],
    ["the id that App Service would give", async () => ({ "x-ms-client-principal-id": person.objectId })],
    ["a token for something else", async () => await tokenFor("https://management.azure.com/")],
    ["a token of somebody else's tenant", async () => await foreignToken()],
    [
      "a wrong token and App Service's header",
      async () => ({ ...(await foreignToken()), "x-ms-client-principal": principal() }),
    ],
  ])("asks to sign in who shows %s", async (_what, headers) => {
    const { answer, reachedBy } = await call(name, { headers: await headers() });

    expect(reachedBy).toBeUndefined();
    expect(answer).toMatchObject({ status: 401, jsonBody: { error: { code: "sign-in-needed" } } });
    expect(answer.headers?.["WWW-Authenticate"]).toMatch(/^Bearer realm="azure-encryption-guard"/);
  });

  test("takes App Service's word where its authentication is on, but not where it lets everybody through", async () => {
    const on = signInOf({ ...entraSettings(), WEBSITE_AUTH_ENABLED: "True" });

    const { answer, reachedBy } = await call(name, { signIn: on, headers: { "x-ms-client-principal": principal() } });

    expect(answer.status).toBe(name === "health" ? 401 : 200);
    expect(reachedBy?.objectId).toBe(name === "health" ? undefined : person.objectId);
  });

  test("with a function key is open to Readers and Operators, and to Approvers where that is set", async () => {
    const needsSignIn = !mayCall[name].includes("Operator");

    const { answer } = await call(name, { signIn: signInOf({}) });
    const { answer: allowed } = await call(name, { signIn: signInOf({ APPROVE_WITH_KEY: "true" }) });

    expect(answer.status).toBe(needsSignIn ? 403 : 200);
    if (needsSignIn) expect(answer).toMatchObject({ jsonBody: { error: { code: "approval-needs-sign-in" } } });
    expect(allowed.status).toBe(200);
  });

  test("with a function key believes no header and no token", async () => {
    const headers = { ...(await bearer("Admin")), "x-ms-client-principal": principal() };

    const { reachedBy } = await call(name, { signIn: signInOf({ APPROVE_WITH_KEY: "true" }), headers });

    expect(reachedBy).toMatchObject({ kind: "function key", roles: new Set(["Reader", "Operator", "Approver"]) });
    expect(reachedBy).not.toHaveProperty("objectId");
  });

  test("is closed to everybody while sign-in is half configured, but for health, which says so", async () => {
    const { answer, reachedBy } = await call(name, {
      signIn: signInOf({ ENTRA_TENANT_ID: tenantId }),
      headers: await bearer("Admin"),
    });

    expect(answer.status).toBe(name === "health" ? 200 : 503);
    expect(reachedBy === undefined).toBe(name !== "health");
    if (name !== "health") {
      expect(answer).toMatchObject({
        jsonBody: { error: { code: "configuration-invalid", details: [{ target: "ENTRA_AUDIENCE" }] } },
      });
    }
  });

  test("is closed while Entra's keys can't be had", async () => {
    const unreachable = signInOf({ ...entraSettings(), ENTRA_AUTHORITY: "http://127.0.0.1:9" });

    const { answer, reachedBy } = await call(name, { signIn: unreachable, headers: await bearer("Admin") });

    expect(reachedBy).toBeUndefined();
    expect(answer).toMatchObject({ status: 503, jsonBody: { error: { code: "sign-in-unavailable" } } });
  });
});

test("a dry run is for every Reader, and its body reaches the door whole", async () => {
  const body = '{ "dryRun": true }';

  const { answer } = await call("recheck", { headers: await bearer("Reader"), body });

  expect(answer).toEqual({ status: 200, jsonBody: { read: body } });
});

test.each(['{ "dryRun": "true" }', '{ "dryRun": false }', "[]", "null", "{"])("%s is no dry run", async (body) => {
  const { answer } = await call("recheck", { headers: await bearer("Reader"), body });

  expect(answer.status).toBe(403);
});

describe("the journal", () => {
  test("has every call of a known caller, allowed and refused, with the roles and no query", async () => {
    const before = await calls();

    await call("remediation", { headers: await bearer("Reader") });
    await call("undo", { headers: await bearer("Reader", "Operator") });
    await call("replay", { signIn: signInOf({}) });
    await call("undo", { signIn: signInOf({}) });

    const known = { caller: person.objectId, callerKind: "person" };
    const key = { caller: "function key", callerKind: "function key", roles: ["Reader", "Operator"] };
    const undo = { route: "POST /api/remediations/{id}/undo", resourceId: "/api/remediations/x/undo" };
    expect((await calls()).slice(before.length)).toMatchObject([
      { ...known, roles: ["Reader"], route: "GET /api/remediations/{id}", resourceId: "/api/remediations/x" },
      { ...known, ...undo, roles: ["Reader", "Operator"], refused: "role-missing" },
      { ...key, route: "POST /api/replay" },
      { ...key, ...undo, refused: "approval-needs-sign-in" },
    ]);
    expect(JSON.stringify(await calls())).not.toContain("secret");
  });

  test("has why a change was refused that its caller had the role for", async () => {
    const before = await calls();
    const answer = errorAnswer("approval-by-changer", "Somebody else has to undo that.");

    await call("undo", { headers: await bearer("Approver"), answer });
    await call("remediation", { headers: await bearer("Reader"), answer: errorAnswer("remediation-unknown", "") });

    const found = z.array(z.object({ refused: z.string().optional() })).parse((await calls()).slice(before.length));
    expect(found.map(({ refused }) => refused)).toEqual([undefined, "approval-by-changer", undefined]);
  });

  test("has nothing of strangers, who could fill it", async () => {
    const before = await calls();

    await call("replay", { headers: await foreignToken() });

    expect(await calls()).toHaveLength(before.length);
  });

  test("that can't be written keeps changes from being made, and lets people read and stop", async () => {
    vi.spyOn(storage().journal, "append").mockRejectedValue(new Error("no journal"));

    const headers = await bearer("Admin");
    const changed = await call("replay", { headers });
    const [read, stopped] = [await call("remediations", { headers }), await call("stop", { headers })];
    vi.restoreAllMocks();

    expect(changed.reachedBy).toBeUndefined();
    expect(changed.answer.status).toBe(500);
    expect([read.answer.status, stopped.answer.status]).toEqual([200, 200]);
  });
});

/** The journal's entries about calls, oldest first. */
async function calls(): Promise<unknown[]> {
  const { journalBlobs } = storage();
  const blobs = (
    await Promise.all(Array.from({ length: 16 }, (_, index) => journalBlobs.list(`${String(index).padStart(2, "0")}/`)))
  ).flat();
  const found = await Promise.all(
    blobs.map(async ({ name }) =>
      linesOf(await journalBlobs.read(name, 0, (await journalBlobs.sizeOf(name))?.length ?? 0), 0),
    ),
  );
  return found.flat().flatMap(({ entry }) => (entry?.kind === "call" ? [entry] : []));
}

function isRoute(name: string): name is RouteName {
  return Object.hasOwn(routes, name);
}

function principal(): string {
  const claims = [
    { typ: "tid", val: tenantId },
    { typ: "oid", val: person.objectId },
    { typ: "roles", val: "Admin" },
  ];
  return Buffer.from(JSON.stringify({ auth_typ: "aad", name_typ: "name", role_typ: "roles", claims })).toString(
    "base64",
  );
}

async function tokenFor(resource: string): Promise<{ authorization: string }> {
  return { authorization: `Bearer ${await identity.tokenFor({ ...person, roles: ["Admin"] }, resource)}` };
}

/** Signed by another issuer that says it is ours. */
async function foreignToken(): Promise<{ authorization: string }> {
  const other = await startIdentity({ port: 0, tenantId, clock: systemClock(), managedIdentity: person });
  const token = await other.tokenFor({ ...person, roles: ["Admin"] }, audience);
  await other.close();
  return { authorization: `Bearer ${token}` };
}
