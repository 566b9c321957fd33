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
