/** Something was waited for longer than it may take. */
class WaitedTooLong extends Error {
  override name = "WaitedTooLong";
}

const pollEvery = 20;

/**
 * Looks again and again until the condition holds. Rejects when it does not hold in time, saying what was waited for, and as soon as
 * the signal is aborted.
 */
export async function until(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  limits: { milliseconds: number; signal: AbortSignal },
): Promise<void> {
  const end = Date.now() + limits.milliseconds;
  while (!(await isSo())) {
    limits.signal.throwIfAborted();
    if (Date.now() > end) throw new WaitedTooLong(`Waited ${limits.milliseconds / 1000} s for this: ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, pollEvery));
  }
}
