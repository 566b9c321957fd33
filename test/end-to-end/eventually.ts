/** A fix of two ends, after one refusal, takes a busy machine half of it. */
const longestWait = 40_000;
const interval = 40;

/**
 * Looks again and again until there is something, and gives it. Rejects with what was waited for, and what the last look said.
 * @param look gives undefined or false as long as it is not there; may throw for the same, and says why then.
 */
export async function eventually<Value>(
  look: () => Value | undefined | false | Promise<Value | undefined | false>,
  what: string,
  within = longestWait,
): Promise<Value> {
  const end = Date.now() + within;
  let said = "";
  for (;;) {
    try {
      const found = await look();
      if (found !== undefined && found !== false) return found;
      said = "";
    } catch (thrown) {
      said = thrown instanceof Error ? `\n${thrown.message}` : String(thrown);
    }
    if (Date.now() > end) throw new Error(`Waited ${within / 1000} s in vain for ${what}.${said}`);
    await new Promise((resolve) => setTimeout(resolve, interval));
  }
}
