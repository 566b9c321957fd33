import type { LogLevel, WorkerMessage } from "../protocol.ts";
import type { App } from "./app.ts";

interface LogRecord {
  level: LogLevel;
  category: "user" | "system";
  message: string;
  invocationId?: string;
}

interface InvocationLogContext {
  hookData: Record<string, unknown>;
  invocationContext: unknown;
}

/**
 * Sends a line of log to the host. The app's log hooks see it first, and may change the level and the message of the
 * app's own lines; what a hook throws is ignored, as in the real worker.
 */
export function writeLog(app: App, record: LogRecord, invocation?: InvocationLogContext): void {
  const context = {
    level: record.level,
    message: record.message,
    category: record.category,
    hookData: invocation?.hookData ?? {},
    appHookData: app.hookData,
    invocationContext: invocation?.invocationContext,
  };
  try {
    for (const callback of app.hooks.log) callback(context);
    if (record.category === "user") {
      record.level = context.level;
      record.message = context.message;
    }
  } catch {
    // A hook must not keep a line from the log.
  }
  sendToHost({ type: "log", ...record });
}

/** Sends a message to the host, unless the channel is closed: then nobody is left to read it. */
export function sendToHost(message: WorkerMessage): void {
  if (process.connected) process.send?.(message);
}
