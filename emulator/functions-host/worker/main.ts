/**
 * The worker process: loads the package named by its first argument, tells the host what it registered, and runs
 * invocations until the host says "terminate" or is gone. Its second argument, where there is one, says that the host's
 * clock can be moved ahead, and by how many milliseconds it is so far.
 */
import { isHostMessage } from "../protocol.ts";
import { type App, createApp } from "./app.ts";
import { provideCoreModule } from "./core-module.ts";
import { toWorkerError } from "./errors.ts";
import { runInvocation } from "./invocation.ts";
import { loadPackage } from "./load-package.ts";
import { sendToHost } from "./log.ts";
import { followHostClock } from "./time.ts";

const [, , directory, ahead] = process.argv;
if (!directory) throw new Error("The worker needs the directory of the package as its argument.");

// First of all listeners, so that the app's own listener for it is never called, as in the real worker.
process.on("uncaughtException", (error) => {
  console.error("Worker uncaught exception: ", error);
  process.exit(1);
});
// A worker without a host would live on for ever.
process.on("disconnect", () => process.exit(0));

const follow = ahead === undefined ? undefined : followHostClock(Number(ahead));
const app = createApp(directory);
provideCoreModule(app);
process.on("message", (message) => {
  if (!isHostMessage(message)) return;
  if (message.type === "terminate") {
    void terminate(app);
    return;
  }
  if (message.type === "time") {
    follow?.(message.ahead);
    return;
  }
  if (message.type === "ping") {
    // After whatever has arrived for it by now.
    setImmediate(() => sendToHost({ type: "pong" }));
    return;
  }
  const { invocationId } = message.request;
  runInvocation(app, message.request).then(
    (response) => sendToHost({ type: "completed", response }),
    (thrown: unknown) => sendToHost({ type: "failed", invocationId, error: toWorkerError(thrown) }),
  );
});

try {
  await loadPackage(app);
  const functions = [...app.functions.values()].map(({ metadata }) => metadata);
  sendToHost({ type: "started", functions: JSON.parse(JSON.stringify(functions)) });
} catch (thrown) {
  sendToHost({ type: "startFailed", error: toWorkerError(thrown) });
}

async function terminate(app: App): Promise<void> {
  const context = { hookData: app.appLevelHookData, appHookData: app.hookData };
  try {
    for (const callback of app.hooks.appTerminate) await callback(context);
  } finally {
    process.exit(0);
  }
}
