import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { App } from "./app.ts";
import { asError } from "./errors.ts";
import { writeLog } from "./log.ts";

/**
 * Loads the files that `main` of the package's package.json names (a glob, in order of name) and runs the hooks of
 * the app's start. What an entry throws after a registration fails the start; before the first one the start succeeds
 * without functions, as in the real worker, and the error is seen on stderr alone.
 */
export async function loadPackage(app: App): Promise<void> {
  try {
    await loadEntryPoints(app);
  } catch (thrown) {
    const error = asError(thrown);
    console.error(error.stack);
    writeLog(app, { level: "error", category: "system", message: error.message });
    if (app.functions.size > 0) throw error;
  }
  const context = { hookData: app.appLevelHookData, appHookData: app.hookData, functionAppDirectory: app.directory };
  for (const callback of app.hooks.appStart) await callback(context);
  const capabilities = await app.programmingModel?.getCapabilities?.({});
  if (capabilities?.HttpUri) throw new Error("This host cannot stream HTTP: remove enableHttpStream from app.setup.");
  app.hasFinishedStartup = true;
}

async function loadEntryPoints(app: App): Promise<void> {
  const { main, type } = readPackageJson(app.directory);
  if (!main) return;
  const files = globSync(main, { cwd: app.directory }).sort();
  if (files.length === 0) {
    throw new Error(`Worker was unable to load entry point "${main}": Found zero files matching the supplied pattern`);
  }
  for (const file of files) {
    try {
      await loadEntryPoint(path.join(app.directory, file), type);
    } catch (thrown) {
      const error = asError(thrown);
      error.message = `Worker was unable to load entry point "${file}": ${error.message}`;
      throw error;
    }
  }
}

async function loadEntryPoint(file: string, packageType: string | undefined): Promise<void> {
  const isModule = file.endsWith(".mjs") || (packageType === "module" && !file.endsWith(".cjs"));
  if (isModule) {
    await import(pathToFileURL(file).href);
    return;
  }
  const { createRequire } = await import("node:module");
  createRequire(file)(file);
}

function readPackageJson(directory: string): { main?: string; type?: string } {
  const parsed: unknown = JSON.parse(readFileSync(path.join(directory, "package.json"), "utf8"));
  if (typeof parsed !== "object" || parsed === null) return {};
  return {
    ...("main" in parsed && typeof parsed.main === "string" && { main: parsed.main }),
    ...("type" in parsed && typeof parsed.type === "string" && { type: parsed.type }),
  };
}
