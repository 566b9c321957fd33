/** Data of a log line: properties that baselines own, names, ids, times. Never a secret. */
export interface LogData {
  [name: string]: unknown;
}

/** Where log lines go. The message is constant; what varies is in the data. */
export interface Log {
  info(message: string, data: LogData): void;
  warn(message: string, data: LogData): void;
  error(message: string, data: LogData): void;
}

/** What a Functions invocation offers for logging. */
export interface InvocationLogger {
  info(line: string): void;
  warn(line: string): void;
  error(line: string): void;
}

/** A log of JSON lines through the Functions logger, so that the host exports them once. */
export function jsonLinesLog(logger: InvocationLogger): Log {
  return {
    info: (message, data) => logger.info(JSON.stringify({ message, ...data })),
    warn: (message, data) => logger.warn(JSON.stringify({ message, ...data })),
    error: (message, data) => logger.error(JSON.stringify({ message, ...data })),
  };
}
