import type { JsonObject } from "../../json.ts";
import type { LongOperation } from "../../resource-type.ts";

/** What a long operation of Microsoft.Sql is: its name in Azure, where it runs, how long it took in the recordings. */
interface SqlOperation {
  /** The resource that it works on. */
  id: string;
  location: string;
  /** As operation URLs begin, e.g. database in databaseAzureAsyncOperation. */
  kind: "server" | "database" | "transparentDataEncryption" | "replicationLinks";
  /** As the first answer names it, e.g. UpdateLogicalDatabase. */
  name: string;
  seconds: number;
  now: string;
  /** The operation URLs of pause and resume have no resource group. */
  withoutGroup?: boolean;
}

/** The first answer to a long operation, all that Microsoft.Sql has, and the operation itself (recordings sql-*). */
export function startOperation(
  operation: SqlOperation,
  end: Pick<LongOperation, "completed" | "changes" | "result" | "failure" | "afterFailure">,
): { status: 202; body: JsonObject; operation: LongOperation } {
  const { id, location, kind, name, seconds, now, withoutGroup = false } = operation;
  const scope = id
    .split("/")
    .slice(0, withoutGroup ? 3 : 5)
    .join("/");
  const at = `${scope}/providers/Microsoft.Sql/locations/${location}/${kind}`;
  const startTime = sqlTime(now);
  return {
    status: 202,
    body: { operation: name, startTime },
    operation: {
      seconds,
      startTime,
      statusPath: `${at}AzureAsyncOperation/{operation}`,
      locationPath: `${at}OperationResults/{operation}`,
      ...end,
    },
  };
}

/** A time as Microsoft.Sql writes it: milliseconds without the zeros at their end (recorded: 2023-11-20T12:06:11.1Z). */
export function sqlTime(now: string): string {
  return now.replace(/\.?0*Z$/, "Z");
}
