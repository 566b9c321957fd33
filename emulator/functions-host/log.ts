import type { LogLevel } from "./protocol.ts";

/** One line of what the host, the app or its process said. */
export interface HostLogEntry {
  level: LogLevel;
  /**
   * `app`: `context.log` and its kin. `worker`: the library and the worker about themselves. `output`: a bare line of
   * stdout or stderr, such as `console.log` writes, which belongs to no invocation. `host`: this host.
   */
  source: "app" | "worker" | "output" | "host";
  message: string;
  functionName?: string;
  invocationId?: string;
}

export type Log = (entry: HostLogEntry) => void;
