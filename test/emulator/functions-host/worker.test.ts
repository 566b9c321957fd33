import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, expect, test } from "vitest";
import { skippableClock } from "../../../emulator/skippable-clock.ts";
import { closeTestHosts, eventually, startTestHost, type TestHost, writePackage } from "./world.ts";

afterEach(closeTestHosts);

/** An HTTP function whose handler is the given source. */
function http(name: string, handler: string): string {
  return `app.http("${name}", { handler: ${handler} });\n`;
}

async function call(host: TestHost, name: string): Promise<{ status: number; text: string }> {
  const response = await fetch(`${host.url}/api/${name}`);
  return { status: response.status, text: await response.text() };
}

function messages(host: TestHost, source: string): string[] {
  return host.logged.filter((entry) => entry.source === source).map(({ message }) => message);
}

function isAlive(processId: number | undefined): boolean {
  if (processId === undefined) return false;
  try {
    process.kill(processId, 0);
    return true;
  } catch {
    return false;
  }
}

test("the worker gets the settings and nothing else of this process's environment", async () => {
  const host = await startTestHost(http("environment", `() => ({ jsonBody: Object.keys(process.env) })`), {
    settings: { MY_SETTING: "1" },
  });

  const names: unknown = JSON.parse((await call(host, "environment")).text);

  expect(names).toContain("MY_SETTING");
  expect(names).not.toContain("VITEST");
});

test("context.log carries its level, function and invocation; console output is a bare line", async () => {
  const host = await startTestHost(
    http(
      "talk",
      `(request, context) => { context.warn("careful %s", "now"); context.info("fine"); console.log("bare"); }`,
    ),
  );

  await call(host, "talk");

  await eventually(() => expect(messages(host, "output")).toContain("bare"));
  const [warning, information] = host.logged.filter(({ source }) => source === "app");
  expect(warning).toMatchObject({ level: "warning", message: "careful now", functionName: "talk" });
  expect(warning?.invocationId).toMatch(/^[0-9a-f-]{36}$/);
  expect(information).toMatchObject({ level: "information", message: "fine" });
  expect(host.logged.find(({ message }) => message === "bare")).not.toHaveProperty("invocationId");
});

test("a worker is free while its functions wait for time to pass, and not while one of them computes", async () => {
  const compute = "const until = Date.now() + 200; while (Date.now() < until); context.log('computed');";
  const source = http(
    "compute",
    `(request, context) => { context.log("begun"); setImmediate(() => { ${compute} }); return new Promise(() => undefined); }`,
  );
  const host = await startTestHost(source);

  void call(host, "compute").catch(() => undefined);
  await eventually(() => expect(messages(host, "app")).toContain("begun"));
  await host.worker.free();
  expect(messages(host, "app")).toContain("computed");

  await host.worker.free();
});

test("a worker that has ended is not waited for", async () => {
  const host = await startTestHost(http("die", "() => process.kill(process.pid, 'SIGSTOP')"));
  void call(host, "die").catch(() => undefined);

  const free = host.worker.free();
  host.killWorker();

  await free;
});

test("what an invocation logs after its end is dropped", async () => {
  const host = await startTestHost(
    http(
      "late",
      `(request, context) => { setTimeout(() => { context.log("too late"); console.log("written"); }, 20); }`,
    ),
  );

  await call(host, "late");

  await eventually(() => expect(messages(host, "output")).toContain("written"));
  expect(messages(host, "app")).toEqual([]);
});

test("throw undefined counts as success, a thrown string as a failure", async () => {
  const host = await startTestHost(
    http("nothing", `() => { throw undefined; }`) + http("text", `() => { throw "bad"; }`),
  );

  expect((await call(host, "nothing")).status).toBe(204);
  expect((await call(host, "text")).status).toBe(500);
});

test("a return value that JSON cannot hold fails the invocation", async () => {
  const host = await startTestHost(`app.eventGrid("take", { handler: () => ({ amount: 1n }) });`);

  const response = await fetch(host.eventGridUrl("take"), {
    method: "POST",
    headers: { "aeg-event-type": "Notification" },
    body: "{}",
  });

  expect(response.status).toBe(500);
  expect(messages(host, "host").join()).toMatch(/BigInt/);
});

test("an unhandled rejection ends the process, fails what is in flight, and the worker is restarted", async () => {
  const host = await startTestHost(
    `process.on("uncaughtException", () => console.log("never called"));\n` +
      http("wait", `() => { console.log("waiting"); return new Promise(() => {}); }`) +
      http("crash", `() => { Promise.reject(new Error("nobody cares")); return new Promise(() => {}); }`) +
      http("well", `() => ({ body: "yes" })`),
  );
  const waiting = call(host, "wait");
  await eventually(() => expect(messages(host, "output")).toContain("waiting"));

  expect((await call(host, "crash")).status).toBe(500);

  expect((await waiting).status).toBe(500);
  expect(await call(host, "well")).toEqual({ status: 200, text: "yes" });
  expect(host.worker.restarts).toBe(1);
  expect(messages(host, "output").join()).toMatch(/nobody cares/);
  expect(messages(host, "output")).not.toContain("never called");
});

test("an app that listens to unhandledRejection lives on", async () => {
  const host = await startTestHost(
    `process.on("unhandledRejection", () => {});\n${http("reject", `() => { Promise.reject(new Error("kept")); }`)}`,
  );

  expect((await call(host, "reject")).status).toBe(204);
  expect((await call(host, "reject")).status).toBe(204);
  expect(host.worker.restarts).toBe(0);
});

test("a function that runs longer than functionTimeout takes the worker with it", async () => {
  const host = await startTestHost(http("stuck", `() => new Promise(() => {})`), {
    hostJson: { functionTimeout: "00:00:00.200" },
  });

  expect((await call(host, "stuck")).status).toBe(500);

  await eventually(() => expect(host.worker.restarts).toBe(1));
  expect(messages(host, "host").join()).toMatch(/Timeout value/);
});

test("hooks run in order of registration, change inputs and result, and share their data", async () => {
  const host = await startTestHost(
    `app.hook.preInvocation((context) => { context.hookData.trace = ["pre 1"]; });
     app.hook.preInvocation((context) => { context.hookData.trace.push("pre 2"); context.inputs = ["changed"]; });
     app.hook.postInvocation((context) => { context.result = { body: context.hookData.trace.concat(context.result.body).join() }; });
    ${http("hooked", `(input) => ({ body: input })`)}`,
  );

  expect((await call(host, "hooked")).text).toBe("pre 1,pre 2,changed");
});

test("a preInvocation hook that throws skips the handler and the hooks after it", async () => {
  const host = await startTestHost(
    `app.hook.preInvocation(() => { throw new Error("stop"); });
     app.hook.postInvocation(() => { console.log("post ran"); });
    ${http("hooked", `() => { console.log("handler ran"); }`)}`,
  );

  expect((await call(host, "hooked")).status).toBe(500);
  expect(messages(host, "output")).toEqual([]);
});

test("what a preInvocation hook enters in an AsyncLocalStorage does not reach the handler", async () => {
  const host = await startTestHost(
    `import { AsyncLocalStorage } from "node:async_hooks";
     const storage = new AsyncLocalStorage();
     app.hook.preInvocation(() => storage.enterWith("from hook"));
    ${http("read", `() => ({ body: String(storage.getStore()) })`)}`,
  );

  expect((await call(host, "read")).text).toBe("undefined");
});

test("close lets appTerminate hooks finish, calls no SIGTERM listener and leaves no process behind", async () => {
  const host = await startTestHost(
    `process.on("SIGTERM", () => console.log("sigterm"));
     app.hook.appStart(() => console.log("started"));
     app.hook.appTerminate(async () => { await new Promise((resolve) => setTimeout(resolve, 50)); console.log("finished"); });
    ${http("any", `() => undefined`)}`,
  );
  const { processId } = host.worker;
  expect(isAlive(processId)).toBe(true);

  await host.close();

  expect(isAlive(processId)).toBe(false);
  expect(messages(host, "output")).toEqual(["started", "finished"]);
});

test("an entry that throws before any registration starts without functions, and is seen on stderr", async () => {
  const host = await startTestHost(`throw new Error("MISSING_SETTING");`);

  expect(host.functions).toEqual([]);
  expect(messages(host, "output").join()).toMatch(/MISSING_SETTING/);
});

test("an entry that throws after a registration fails the start", async () => {
  const start = startTestHost(`${http("health", `() => undefined`)} throw new Error("half loaded");`);

  await expect(start).rejects.toThrow(/half loaded/);
});

test("a function cannot be registered after the start, and a setting that is missing keeps out only its function", async () => {
  const host = await startTestHost(
    http("late", `() => { app.http("later", { handler() {} }); }`) +
      `app.storageQueue("unnamed", { queueName: "%NOT_SET%", connection: "X", handler() {} });`,
  );

  expect((await call(host, "late")).status).toBe(500);
  expect(host.functions.map(({ name }) => name)).toEqual(["late"]);
  expect(messages(host, "host").join()).toMatch(/'%NOT_SET%' does not resolve to a value/);
});

test("a host that is killed leaves no worker behind", async () => {
  const directory = await writePackage({
    files: { "index.js": `import { app } from "@azure/functions";\n${http("any", `() => undefined`)}` },
  });
  const hostModule = new URL("../../../emulator/functions-host/index.ts", import.meta.url).href;
  const script = `import { startFunctionsHost } from ${JSON.stringify(hostModule)};
    const host = await startFunctionsHost({ packageDirectory: ${JSON.stringify(directory)}, port: 0, settings: {},
      storageConnectionString: "UseDevelopmentStorage=true", log() {} });
    console.log(host.worker.processId);`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [output] = await once(child.stdout, "data");
  const workerProcessId = Number(output);
  expect(isAlive(workerProcessId)).toBe(true);

  child.kill("SIGKILL");

  await eventually(() => expect(isAlive(workerProcessId)).toBe(false));
});

test("a log hook may change what the app logs", async () => {
  const host = await startTestHost(
    `app.hook.log((context) => { if (context.category === "user") { context.message = "***"; context.level = "error"; } });
    ${http("talk", `(request, context) => context.log("secret")`)}`,
  );

  await call(host, "talk");

  expect(host.logged.find(({ source }) => source === "app")).toMatchObject({ message: "***", level: "error" });
});

test("the app's time follows a clock of the host that is moved ahead, in a worker that is started later as well", async () => {
  const clock = skippableClock();
  const host = await startTestHost(
    http("now", `() => ({ body: String(Date.now() - new Date(2020, 0).getTime()) })`) +
      http("wait", `() => new Promise((resolve) => setTimeout(() => resolve({ body: "waited" }), 1_200_000))`) +
      http(
        "giveUp",
        `async () => {
          const signal = AbortSignal.timeout(1_200_000);
          await new Promise((resolve) => signal.addEventListener("abort", resolve));
          return { body: signal.reason.name };
        }`,
      ) +
      http(
        "cancel",
        `async () => {
          const called = [];
          const timer = setTimeout(() => called.push("cancelled"), 1_000);
          clearTimeout(timer);
          await new Promise((resolve) => setTimeout(resolve, 2_000).unref());
          return { jsonBody: called };
        }`,
      ),
    { clock },
  );
  const ahead = async () => Number((await call(host, "now")).text) - (Date.now() - new Date(2020, 0).getTime());
  expect(Math.abs(await ahead())).toBeLessThan(5_000);

  const answers = Promise.all(["wait", "giveUp", "cancel"].map((name) => call(host, name)));
  await eventually(() => expect(host.statistics.inFlight).toBe(3));
  await call(host, "now");
  clock.skip(1_200_000);
  expect((await answers).map(({ text }) => text)).toEqual(["waited", "TimeoutError", "[]"]);
  expect(Math.abs((await ahead()) - 1_200_000)).toBeLessThan(5_000);

  host.killWorker();
  expect(Math.abs((await ahead()) - 1_200_000)).toBeLessThan(5_000);
});
