import { afterAll, beforeAll, expect, test } from "vitest";
import * as z from "zod";
import { securityTeam } from "../../emulator/company.ts";
import type { Principal } from "../../emulator/identity/index.ts";
import { run } from "../command/run.ts";
import { errorSchema } from "./answers.ts";
import { enforceAll, startWorld, type World } from "./world.ts";

const madeSchema = z.object({ settings: z.object({ ENTRA_CLIENT_ID: z.guid() }) });

let world: World;
/** The client id of the application that the command made. */
let clientId: string;

beforeAll(async () => {
  world = await startWorld(enforceAll, { signIn: true });
  const roles = ["--assign", `Reader=${named("rita").objectId}`, "--assign", `Operator=${named("omar").objectId}`];
  const line = ["make-sign-in-app", "--environment", "production", "--output", "json", ...roles];
  const { out } = await run(line, world.azure.environment);
  clientId = madeSchema.parse(JSON.parse(out.join("\n"))).settings.ENTRA_CLIENT_ID;
  await world.azure.restartFunctions({ ENTRA_AUDIENCE: clientId });
});
afterAll(() => world?.close());

function named(who: string): Principal {
  const person = securityTeam.find(({ name }) => name.startsWith(`${who}@`));
  if (!person) throw new Error(`Nobody is called ${who}`);
  return person;
}

async function call(method: string, path: string, token: string, body?: object): Promise<Response> {
  return await fetch(`${world.azure.functions.url}/api/${path}`, {
    method,
    headers: { authorization: `Bearer ${token}` },
    ...(body && { body: JSON.stringify(body) }),
  });
}

test.each(["its address", "its client id"])(
  "tokens for %s open to each what their assigned role allows",
  async (by) => {
    const audience = by === "its address" ? `api://${clientId}` : clientId;
    const [rita, omar] = await Promise.all(
      ["rita", "omar"].map((who) => world.azure.identity.tokenFor(named(who), audience)),
    );
    const reason = { reason: "A try." };

    const read = await call("GET", "remediations", rita ?? "");
    const refused = await call("POST", "resume", rita ?? "", reason);
    const resumed = await call("POST", "resume", omar ?? "", reason);

    expect([read.status, refused.status, resumed.status]).toEqual([200, 403, 200]);
    expect(errorSchema.parse(await refused.json()).error.code).toBe("role-missing");
  },
);

test("whoever has no role of it gets no token for it", async () => {
  await expect(world.azure.identity.tokenFor(named("adam"), `api://${clientId}`)).rejects.toThrow("AADSTS50105");
});
