import { CodedError } from "../../shared/errors.ts";
import type { Arm } from "../check/arm.ts";

/** What Azure would not delete, and what it said. */
export interface Left {
  id: string;
  why: string;
}

/** How things are deleted, or only named. */
export interface Deleting {
  /** Deletes nothing, and tells what would be. */
  dryRun: boolean;
  /** Gets each id, or path, once it is deleted. */
  told(id: string): void;
}

/**
 * Deletes one after the other, and goes on where Azure refuses one: a lock on one scope says nothing about the others. Gives what was
 * refused. Rejects only where Azure did not answer.
 * @param version the api-version of all of them.
 */
export async function deleteEach(
  arm: Arm,
  ids: readonly string[],
  version: string,
  { dryRun, told }: Deleting,
): Promise<Left[]> {
  const left: Left[] = [];
  for (const id of ids) {
    const why = dryRun ? undefined : await refusalToDelete(arm, `${id}?api-version=${version}`);
    if (why === undefined) told(id);
    else left.push({ id, why });
  }
  return left;
}

/** Undefined once it is gone. */
async function refusalToDelete(arm: Arm, path: string): Promise<string | undefined> {
  try {
    await arm.delete(path);
    return undefined;
  } catch (thrown) {
    if (thrown instanceof CodedError && thrown.code === "azure-refused") return thrown.message;
    throw thrown;
  }
}
