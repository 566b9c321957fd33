import { gatewayError } from "../errors.ts";
import { objectAt, textAt } from "../json.ts";
import { isAtOrBelow } from "../resource-id.ts";
import type { ResourceStore, StoredResource } from "../store.ts";
import { lockType } from "../types/authorization/lock.ts";

/**
 * Throws 409 ScopeLocked where a management lock stops the operation. A ReadOnly lock stops writes, deletes and
 * POSTs, CanNotDelete only deletes; both are inherited from above, and a delete is stopped by locks below it too.
 * The wording is the recorded one of a delete (errors) and the public one of a write (Azure/azure-sdk-for-java issue 2560).
 */
export function checkLocks(store: ResourceStore, id: string, operation: "write" | "delete"): void {
  const scopes = store
    .ofType(lockType)
    .filter((lock) => operation === "delete" || level(lock) === "ReadOnly")
    .map(({ id: lockId }) => lockId.slice(0, lockId.toLowerCase().lastIndexOf("/providers/microsoft.authorization/")))
    .filter((scope) => isAtOrBelow(id, scope) || (operation === "delete" && isAtOrBelow(scope, id)));
  if (scopes.length === 0) return;
  const locked = [...new Set(scopes)].map((scope) => `'${scope}'`).join(",");
  throw gatewayError(
    409,
    "ScopeLocked",
    `The scope '${id}' cannot perform ${operation} operation because following scope(s) are locked: ${locked}. Please remove the lock and try again.`,
  );
}

function level(lock: StoredResource): string | undefined {
  return textAt(objectAt(lock.body, "properties"), "level");
}
