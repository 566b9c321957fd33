import { CodedError } from "../errors.ts";
import type { Log } from "../log.ts";
import { storage } from "../service/service.ts";
import { type FormatFit, ownFormat } from "../service/stored-format.ts";

/** So long a message waits where this app may not take it. */
export const secondsUntilFormatIsAskedAgain = 30;

/**
 * Whether this app may work on what is stored; says in the log why not. `unknown` where the storage does not answer. To be asked before
 * anything is read or written: what a newer app left on a queue may have a shape that this one does not know.
 */
export async function storedFormat(log: Log): Promise<FormatFit | "unknown"> {
  try {
    const fit = await storage().format.fit();
    if (fit === "newer") log.error("stored by a newer app: nothing is done", { code: "format-newer", ownFormat });
    return fit;
  } catch (thrown) {
    if (!(thrown instanceof CodedError)) throw thrown;
    log.warn("format not known: nothing is done", { code: thrown.code, error: thrown.message });
    return "unknown";
  }
}
