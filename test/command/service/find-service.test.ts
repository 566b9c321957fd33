import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { folderWith } from "../check/templates.ts";
import { type Ran, run } from "../run.ts";
import { startStandIn } from "./stand-in.ts";

const replayed = { status: 200, body: { replayed: { poison: 1 }, left: { poison: 0 } } };

afterEach(() => {
  vi.unstubAllEnvs();
});

describe("the service is found", () => {
  test("by its option, before the environment", async () => {
    const service = await startStandIn(() => replayed);

    const { code, out } = await run(["replay", "--endpoint", service.url, "--key", "of-the-option"], {
      FUNCTIONS_URL: "http://127.0.0.1:9",
      FUNCTIONS_KEY: "of-the-environment",
    });

    expect(code).toBe(0);
    expect(out).toEqual(["poison: 1 put back, 0 kept"]);
    expect(service.asked["POST /api/replay"]?.headers["x-functions-key"]).toBe("of-the-option");
  });

  test("by the environment, with a token where one is given", async () => {
    const service = await startStandIn(() => replayed);

    await run(["replay"], { FUNCTIONS_URL: service.url, FUNCTIONS_KEY: "key", FUNCTIONS_TOKEN: "token" });

    const headers = service.asked["POST /api/replay"]?.headers;
    expect(headers?.authorization).toBe("Bearer token");
    expect(headers?.["x-functions-key"]).toBeUndefined();
  });

  test("and asked with a token of its app registration, where an audience is named", async () => {
    const identity = await startStandIn((route) => {
      const isAsked = route.includes("resource=api%3A%2F%2Fguard") || route.includes("resource=api://guard");
      if (!isAsked) return undefined;
      const expiresOn = Math.floor(Date.now() / 1000) + 86_400;
      return { status: 200, body: { access_token: "of-guard", expires_on: expiresOn, token_type: "Bearer" } };
    });
    vi.stubEnv("IDENTITY_ENDPOINT", `${identity.url}/msi/token`);
    vi.stubEnv("IDENTITY_HEADER", "header");
    const service = await startStandIn(() => replayed);

    const { code } = await run(["replay", "--endpoint", service.url, "--audience", "api://guard/"], {
      IDENTITY_ENDPOINT: `${identity.url}/msi/token`,
      FUNCTIONS_KEY: "key",
    });

    expect(code).toBe(0);
    const headers = service.asked["POST /api/replay"]?.headers;
    expect(headers?.authorization).toBe("Bearer of-guard");
    expect(headers?.["x-functions-key"]).toBeUndefined();
  });

  test("in the local Azure of the working folder", async () => {
    const service = await startStandIn(() => replayed);

    const { code } = await inFolderOf({ FUNCTIONS_URL: service.url, FUNCTIONS_KEY: "it's local" });

    expect(code).toBe(0);
    expect(service.asked["POST /api/replay"]?.headers["x-functions-key"]).toBe("it's local");
  });
});

describe("nobody is asked, and it ends with 3,", () => {
  test("where a file in the folder leads to another machine", async () => {
    const { code, error } = await inFolderOf({ FUNCTIONS_URL: "https://guard.example", FUNCTIONS_KEY: "key" });

    expect(code).toBe(3);
    expect(error[0]).toMatch(/Name the service by --endpoint URL or FUNCTIONS_URL/);
  });

  test.each([
    ["where nothing names it", {}, /Name the service by --endpoint URL/],
    [
      "where the key would go over HTTP",
      { FUNCTIONS_URL: "http://guard.example", FUNCTIONS_KEY: "secret" },
      /is not https/,
    ],
    ["where nothing says who asks", { FUNCTIONS_URL: "https://guard.example" }, /Say who asks/],
    ["where it does not answer", { FUNCTIONS_URL: "http://127.0.0.1:9", FUNCTIONS_KEY: "secret" }, /does not answer/],
  ])("%s", async (_what, environment, message) => {
    const directory = await folderWith({});
    const { code, error } = await run(["replay"], environment, { directory });

    expect(code).toBe(3);
    expect(error[0]).toMatch(message);
    expect(error.join("\n")).not.toContain("secret");
  });
});

describe("what the service refuses is said with its code and what to do, and ends with 3:", () => {
  const error = (code: string) => ({
    error: { code, message: "No.", details: [{ target: "reason", message: "Too long." }] },
  });

  test.each<[number, object | string, RegExp]>([
    [401, "", /does not know who asks \(401\)/],
    [403, error("approval-needs-sign-in"), /^approval-needs-sign-in: No\.\n {2}reason: Too long\.\n {2}.*_WITH_KEY/],
    [404, "", /has no \/api\/replay \(404\)/],
    [409, error("resource-busy"), /^resource-busy: No\.[\s\S]*Ask again in a minute/],
    [500, "<html>", /answered \/api\/replay with status 500/],
    [200, { hello: 1 }, /in a shape that this version does not know/],
  ])("%d with %o", async (status, body, message) => {
    const service = await startStandIn(() => ({ status, body }));

    const { code, error: said } = await run(["replay"], { FUNCTIONS_URL: service.url, FUNCTIONS_KEY: "secret" });

    expect(code).toBe(3);
    expect(said.join("\n")).toMatch(message);
    expect(said.join("\n")).not.toContain("secret");
  });

  test("a redirect, which would carry the key to another host", async () => {
    const service = await startStandIn(() => ({ status: 302, body: "" }));

    const { code } = await run(["replay"], { FUNCTIONS_URL: service.url, FUNCTIONS_KEY: "secret" });

    expect(code).toBe(3);
  });
});

async function inFolderOf(variables: { [name: string]: string }): Promise<Ran> {
  const directory = await folderWith({});
  const lines = Object.entries(variables).map(
    ([name, value]) => `export ${name}='${value.replaceAll("'", `'\\''`)}'\n`,
  );
  await mkdir(path.join(directory, ".local-azure"));
  await writeFile(path.join(directory, ".local-azure", "env"), lines.join(""));
  return await run(["replay"], {}, { directory });
}
