import { afterEach, expect, test } from "vitest";
import { closeTestHosts, startTestHost, writePackage } from "./world.ts";

afterEach(closeTestHosts);

test("an ES module package answers under the route prefix with parameters, query, body and headers", async () => {
  const host = await startTestHost(`
    app.http("echo", {
      methods: ["PUT"],
      route: "items/{id:int}/{*rest}",
      handler: async (request, context) => ({
        status: 201,
        headers: { "x-answer": request.headers.get("x-question") },
        jsonBody: {
          params: request.params, page: request.query.get("page"), body: await request.json(),
          url: request.url, name: context.functionName,
        },
      }),
    });
  `);

  const response = await fetch(`${host.url}/api/Items/7/a/b%20c?page=2`, {
    method: "PUT",
    body: JSON.stringify({ size: 1 }),
    headers: { "x-question": "why" },
  });

  expect(response.status).toBe(201);
  expect(response.headers.get("x-answer")).toBe("why");
  expect(await response.json()).toEqual({
    params: { id: "7", rest: "a/b c" },
    page: "2",
    body: { size: 1 },
    url: `${host.url}/api/Items/7/a/b%20c?page=2`,
    name: "echo",
  });
});

test("a CommonJS package with a glob for main loads its files in order of name", async () => {
  const directory = await writePackage({
    packageJson: { main: "functions/*.js" },
    files: {
      "functions/b.js": `require("@azure/functions").app.http("second", { handler: () => ({ body: "" + globalThis.order }) });
        (globalThis.order ??= []).push("b");`,
      "functions/a.js": `require("@azure/functions").app.http("first", { handler: () => ({}) });
        (globalThis.order ??= []).push("a");`,
    },
  });
  const host = await startTestHost({ directory });

  expect(host.functions.map(({ name }) => name)).toEqual(["first", "second"]);
  expect(await (await fetch(`${host.url}/api/second`)).text()).toBe("a,b");
});

test("a handler that returns nothing answers 204, one that throws 500 with no word of the error", async () => {
  const host = await startTestHost(`
    app.http("nothing", { handler: () => undefined });
    app.http("broken", { handler: () => { throw new Error("secret"); } });
  `);

  expect((await fetch(`${host.url}/api/nothing`)).status).toBe(204);
  const broken = await fetch(`${host.url}/api/broken`);
  expect(broken.status).toBe(500);
  expect(await broken.text()).toBe("");
  expect(host.logged.some(({ message, functionName }) => functionName === "broken" && /secret/.test(message))).toBe(
    true,
  );
});

test("keys open functions by authLevel, and the header wins over the query even when it is wrong", async () => {
  const host = await startTestHost(
    `for (const authLevel of ["anonymous", "function", "admin", undefined])
       app.http("level-" + authLevel, { authLevel, handler: () => ({ body: "in" }) });`,
    { keys: { master: "m", function: "f" } },
  );
  const status = async (level: string, query: string, header?: string) =>
    (await fetch(`${host.url}/api/level-${level}${query}`, { headers: header ? { "x-functions-key": header } : {} }))
      .status;

  expect(await status("anonymous", "")).toBe(200);
  expect(await status("undefined", "")).toBe(200);
  expect(await status("function", "")).toBe(401);
  expect(await status("function", "?code=f")).toBe(200);
  expect(await status("function", "?code=m")).toBe(200);
  expect(await status("function", "?code=wrong", "f")).toBe(200);
  expect(await status("function", "?code=f", "wrong")).toBe(401);
  expect(await status("admin", "?code=f")).toBe(401);
  expect(await status("admin", "?code=m")).toBe(200);
});

test("the most exact route wins, methods and constraints are part of it, and the prefix can be empty", async () => {
  const host = await startTestHost(
    `const answer = (name, route, methods = ["GET"]) => app.http(name, { route, methods, handler: () => ({ body: name }) });
     answer("rest", "{*rest}"); answer("any", "a/{x}"); answer("number", "a/{x:int}"); answer("literal", "a/b");
     answer("optional", "o/{x?}"); answer("posted", "a/b", ["POST"]); answer("range", "r/{x:range(1,5)}");`,
    { hostJson: { extensions: { http: { routePrefix: "" } } } },
  );
  const named = async (path: string, method = "GET") => (await fetch(`${host.url}/${path}`, { method })).text();

  expect(await named("a/b")).toBe("literal");
  expect(await named("a/b", "POST")).toBe("posted");
  expect(await named("a/7")).toBe("number");
  expect(await named("a/c")).toBe("any");
  expect(await named("o")).toBe("optional");
  expect(await named("r/5")).toBe("range");
  expect(await named("r/6")).toBe("rest");
  expect((await fetch(`${host.url}/a/b`, { method: "DELETE" })).status).toBe(404);
});

test("a bundle that makes its require by createRequire, binary bodies and cookies come through", async () => {
  const directory = await writePackage({
    packageJson: { main: "dist/app.mjs" },
    files: {
      "dist/app.mjs": `import { createRequire } from "node:module";
        const require = createRequire(import.meta.url);
        const { app } = require("@azure/functions");
        app.post("bytes", async (request) => ({
          body: new Uint8Array(await request.arrayBuffer()).reverse(),
          cookies: [{ name: "seen", value: "yes", httpOnly: true, maxAge: 60, sameSite: "Lax" }],
        }));`,
    },
  });
  const host = await startTestHost({ directory });

  const response = await fetch(`${host.url}/api/bytes`, { method: "POST", body: new Uint8Array([0, 128, 255]) });

  expect([...new Uint8Array(await response.arrayBuffer())]).toEqual([255, 128, 0]);
  expect(response.headers.get("set-cookie")).toBe("seen=yes; max-age=60; path=/; samesite=Lax; httponly");
});

test("app settings win over host.json, and can disable a function", async () => {
  const host = await startTestHost(
    `app.http("on", { handler: () => ({ body: "on" }) }); app.http("off", { handler: () => ({}) });`,
    { settings: { AzureFunctionsJobHost__extensions__http__routePrefix: "v1", "AzureWebJobs.off.Disabled": "true" } },
  );

  expect(await (await fetch(`${host.url}/v1/on`)).text()).toBe("on");
  expect((await fetch(`${host.url}/v1/off`)).status).toBe(404);
  expect(host.functions.map(({ name }) => name)).toEqual(["on"]);
});
