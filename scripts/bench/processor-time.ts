import { existsSync, readFileSync } from "node:fs";

/** The kernel counts in hundredths of a second, whatever its own clock (man 5 proc, `USER_HZ`). */
const millisecondsOfTick = 10;

/** The processor time that a process took so far, in milliseconds; nothing where the kernel has no `/proc`. */
export function processorMilliseconds(processId: number): number | undefined {
  const file = `/proc/${processId}/stat`;
  if (!existsSync(file)) return undefined;
  // The name of the process stands in brackets, and may hold spaces. After it, user and system time are the 12th and 13th.
  const fields = readFileSync(file, "utf8").split(") ").at(-1)?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) * millisecondsOfTick;
}
