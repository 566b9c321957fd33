import type { FaultDecision } from "../../message.ts";
import { type SqlErrorCode, sqlError } from "./errors.ts";

/**
 * For `arm.failNext`: refuses a write of this database's TDE with the code, e.g. EncryptionInProgress, as Azure does
 * where it says so at once. For an operation that fails at its end, seed the TDE resource with `failures`.
 */
export function refuseEncryption(databaseId: string, code: SqlErrorCode): FaultDecision {
  const path = `${databaseId}/transparentDataEncryption/current`.toLowerCase();
  const { status, body, headers = {} } = sqlError(code).answer;
  return ({ method, path: asked }) =>
    method === "PUT" && asked.toLowerCase() === path
      ? { kind: "answer", when: "before", status, headers, ...(body !== undefined && { body }) }
      : undefined;
}
