import { afterAll, beforeAll, expect, test } from "vitest";
import { guardAudience, securityTeam } from "../../emulator/company.ts";
import { type Route, routes } from "../../shared/access/routes.ts";
import { errorSchema } from "./answers.ts";
import { eventually } from "./eventually.ts";
import { enforceAll, seedAccount, startWorld, type World } from "./world.ts";

let world: World;

beforeAll(async () => {
  world = await startWorld(enforceAll, { signIn: true });
});
afterAll(() => world?.close());

/** Calls a route as somebody of the security team, by the token that the local Entra gives, or as nobody. */
async function call(who: string | undefined, { method, path }: Route, body?: object, headers = {}): Promise<Response> {
  const person = securityTeam.find(({ name }) => name.startsWith(`${who}@`));
  const token = person ? await world.azure.identity.tokenFor(person, guardAudience) : undefined;
  return await fetch(`${world.azure.functions.url}/api/${path.replaceAll(/\{\w+\}/g, "none")}`, {
    method,
    headers: { ...headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

test.each(Object.entries<Route>(routes))(
  "%s is closed to who does not sign in, also with the function key",
  async (_name, route) => {
    const keys = [
      {},
      { "x-functions-key": world.azure.functions.keys.function },
      { "x-functions-key": world.azure.functions.keys.master },
    ];
    for (const key of keys) {
      const answer = await call(undefined, route, undefined, key);

      expect(answer.status).toBe(401);
      expect(answer.headers.get("www-authenticate")).toContain("Bearer");
      expect(errorSchema.parse(await answer.json()).error.code).toBe("sign-in-needed");
    }
  },
);

test("people do what their role allows, and the journal says who asked with which roles", async () => {
  const id = seedAccount(world, "roles", { minimumTlsVersion: "TLS1_0" });

  const byReader = await call("rita", routes.recheck, { resourceId: id });
  const dryRun = await call("rita", routes.recheck, { resourceId: id, dryRun: true });
  const byApprover = await call("anna", routes.recheck, { resourceId: id });
  const byOperator = await call("omar", routes.recheck, { resourceId: id });

  expect([byReader, dryRun, byApprover, byOperator].map(({ status }) => status)).toEqual([403, 200, 403, 200]);
  const [operator] = securityTeam.filter(({ roles }) => roles?.includes("Operator"));
  const intents = (await world.journal(id)).filter(({ kind }) => kind === "intent");
  expect(intents).toMatchObject([{ causes: [{ askedBy: operator?.objectId, askedAs: "Operator" }] }]);
});

test("an Operator stops all writes, with a reason, and resumes them", async () => {
  const id = seedAccount(world, "stopped", { minimumTlsVersion: "TLS1_0" });
  const reason = { reason: "The gateways are being moved." };

  expect(await (await call("omar", routes.stop, reason)).json()).toEqual({
    writesStopped: true,
    writesStoppedBySetting: false,
  });
  await call("omar", routes.recheck, { resourceId: id });
  const whileStopped = world.stored(id);
  expect((await call("rita", routes.resume, reason)).status).toBe(403);
  expect((await call("omar", routes.resume, {})).status).toBe(400);
  expect((await call("omar", routes.resume, reason)).status).toBe(200);
  await call("omar", routes.recheck, { resourceId: id });

  expect(whileStopped).toMatchObject({ properties: { minimumTlsVersion: "TLS1_0" } });
  await eventually(
    () => JSON.stringify(world.stored(id)).includes('"TLS1_2"'),
    "the account to be fixed once writes are resumed",
  );
});

test("a header that App Service would set opens nothing while its authentication is off", async () => {
  const claims = [
    { typ: "tid", val: world.azure.tenantId },
    { typ: "oid", val: securityTeam[3]?.objectId },
    { typ: "roles", val: "Admin" },
  ];
  const principal = { auth_typ: "aad", name_typ: "name", role_typ: "roles", claims };
  const forged = { "x-ms-client-principal": Buffer.from(JSON.stringify(principal)).toString("base64") };

  expect((await call(undefined, routes.remediations, undefined, forged)).status).toBe(401);
  await world.azure.restartFunctions({ WEBSITE_AUTH_ENABLED: "True" });
  expect((await call(undefined, routes.remediations, undefined, forged)).status).toBe(200);
  expect((await call(undefined, routes.health, undefined, forged)).status).toBe(401);
});

test("with half of the settings every route asks for the key, and with it health alone answers", async () => {
  await world.azure.restartFunctions({ ENTRA_AUDIENCE: "" });

  for (const route of Object.values<Route>(routes)) {
    const key = { "x-functions-key": world.azure.functions.keys.function };
    const answer = await call("adam", route);
    const withKey = await call("adam", route, undefined, key);

    expect(answer.status).toBe(401);
    expect(withKey.status).toBe(503);
    const isHealth = route.path === "health";
    expect(await withKey.json()).toMatchObject(
      isHealth
        ? { status: "configuration-invalid", problems: [{ setting: "ENTRA_AUDIENCE" }] }
        : { error: { code: "configuration-invalid", details: [{ target: "ENTRA_AUDIENCE" }] } },
    );
  }
});
