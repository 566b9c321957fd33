import type { Log, LogData } from "../../shared/log.ts";

/** A log in memory. */
export interface MemoryLog extends Log {
  lines: { level: "info" | "warn" | "error"; message: string; data: LogData }[];
}

export function memoryLog(): MemoryLog {
  const lines: MemoryLog["lines"] = [];
  return {
    lines,
    info: (message, data) => void lines.push({ level: "info", message, data }),
    warn: (message, data) => void lines.push({ level: "warn", message, data }),
    error: (message, data) => void lines.push({ level: "error", message, data }),
  };
}
