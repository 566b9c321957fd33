import type { Binding, InvocationRequest, InvocationResponse, LogLevel } from "../protocol.ts";

export type FunctionCallback = (...inputs: unknown[]) => unknown;
export type HookCallback = (context: object) => unknown;

/** What an invocation of the app is given by the worker; `state` tells the library when logging is still expected. */
export interface CoreInvocationContext {
  invocationId: string;
  request: InvocationRequest;
  metadata: RegisteredMetadata;
  state?: "preInvocationHooks" | "invocation" | "postInvocationHooks" | undefined;
  log(level: LogLevel, category: "user" | "system", message: string): void;
}

export interface InvocationModel {
  getArguments(): Promise<{ context: unknown; inputs: unknown[] }>;
  invokeFunction(context: unknown, inputs: unknown[], callback: FunctionCallback): Promise<unknown>;
  getResponse(context: unknown, result: unknown): Promise<InvocationResponse>;
}

/** The part of `@azure/functions` that the worker calls: the app hands it over by `setProgrammingModel`. */
export interface ProgrammingModel {
  name: string;
  version: string;
  getInvocationModel(context: CoreInvocationContext): InvocationModel | Promise<InvocationModel>;
  getCapabilities?(capabilities: Record<string, string>): Promise<Record<string, string>>;
}

export interface RegisteredMetadata {
  name: string;
  bindings: Record<string, Binding>;
}

export const hookNames = ["appStart", "appTerminate", "preInvocation", "postInvocation", "log"] as const;
export type HookName = (typeof hookNames)[number];

/** The one app of this process, as it stands after its registrations. */
export interface App {
  directory: string;
  functions: Map<string, { metadata: RegisteredMetadata; callback: FunctionCallback }>;
  hooks: Record<HookName, HookCallback[]>;
  /** Shared by all hooks of the app. */
  hookData: Record<string, unknown>;
  /** Shared by the hooks of start and end alone. */
  appLevelHookData: Record<string, unknown>;
  programmingModel: ProgrammingModel | undefined;
  /** After this, functions can no longer be registered. */
  hasFinishedStartup: boolean;
}

/** An app of which nothing is loaded yet. */
export function createApp(directory: string): App {
  return {
    directory,
    functions: new Map(),
    hooks: { appStart: [], appTerminate: [], preInvocation: [], postInvocation: [], log: [] },
    hookData: {},
    appLevelHookData: {},
    programmingModel: undefined,
    hasFinishedStartup: false,
  };
}
