import Module from "node:module";
import type { LogLevel } from "../protocol.ts";
import {
  type App,
  type FunctionCallback,
  type HookCallback,
  type HookName,
  hookNames,
  type ProgrammingModel,
  type RegisteredMetadata,
} from "./app.ts";
import { writeLog } from "./log.ts";

const coreModuleName = "@azure/functions-core";

/**
 * Makes `require("@azure/functions-core")` give the worker's own module, which exists at run time only. As the real
 * worker does, by `Module.prototype.require`: it reaches CommonJS packages, CommonJS packages imported by ES modules,
 * and bundles that made their `require` by `createRequire`.
 */
export function provideCoreModule(app: App): void {
  const core = coreModule(app);
  const original = Module.prototype.require;
  Module.prototype.require = function requireOrCore(this: Module, id: string) {
    return id === coreModuleName ? core : original.call(this, id);
  };
}

/** Releases something that was registered. Part of the module that the app sees. */
class Disposable {
  #callOnDispose: (() => unknown) | undefined;

  static from(...disposables: { dispose: () => unknown }[]): Disposable {
    return new Disposable(() => {
      for (const disposable of disposables) disposable.dispose();
    });
  }

  constructor(callOnDispose: () => unknown) {
    this.#callOnDispose = callOnDispose;
  }

  dispose(): void {
    this.#callOnDispose?.();
    this.#callOnDispose = undefined;
  }
}

function coreModule(app: App) {
  return {
    version: "3.0.0-local",
    hostVersion: "4.0.0-local",
    Disposable,
    registerFunction: (metadata: RegisteredMetadata, callback: FunctionCallback) =>
      registerFunction(app, metadata, callback),
    registerHook: (hookName: string, callback: HookCallback) => registerHook(app, hookName, callback),
    setProgrammingModel(model: ProgrammingModel) {
      app.programmingModel = model;
    },
    getProgrammingModel: () => app.programmingModel,
    log: (level: LogLevel, category: "user" | "system", message: string) => writeLog(app, { level, category, message }),
  };
}

function registerFunction(app: App, metadata: RegisteredMetadata, callback: FunctionCallback): Disposable {
  if (app.hasFinishedStartup) throw new Error("A function can only be registered during app startup.");
  if (app.functions.has(metadata.name)) {
    throw new Error(`A function with name "${metadata.name}" has already been registered.`);
  }
  app.functions.set(metadata.name, { metadata, callback });
  return new Disposable(() => {
    if (app.hasFinishedStartup) throw new Error("A function can only be disposed during app startup.");
    app.functions.delete(metadata.name);
  });
}

function registerHook(app: App, hookName: string, callback: HookCallback): Disposable {
  const known = hookNames.find((name): name is HookName => name === hookName);
  if (!known) {
    throw Object.assign(new RangeError(`Unrecognized hook "${hookName}"`), { isAzureFunctionsSystemError: true });
  }
  app.hooks[known].push(callback);
  return new Disposable(() => {
    app.hooks[known] = app.hooks[known].filter((other) => other !== callback);
  });
}
