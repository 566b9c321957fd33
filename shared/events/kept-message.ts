/** A queue message holds 64 KiB, base64 included, which is 48 KiB of text. */
const longestMessage = 48 * 1024;
const longestReason = 1000;
/** Where events of Azure Resource Manager hold personal data: name, mail and network address of who made the change. Lower-cased. */
const personal = new Set(["claims", "httprequest"]);

/**
 * The text of a message that keeps what can't be read, for a person: why, and as much of it as a queue message holds,
 * without what events tell of people.
 * @param about the reason, and the code where there is one.
 * @param name of the property that holds what is kept.
 */
export function keptMessage(about: { reason: string; code?: string }, name: string, kept: unknown): string {
  const text = textOf(kept);
  const short = { ...about, reason: about.reason.slice(0, longestReason) };
  for (let length = Math.min(text.length, longestMessage); ; length = Math.floor(length / 2)) {
    const message = JSON.stringify({ ...short, [name]: text.slice(0, length) });
    if (length === 0 || Buffer.byteLength(message, "utf8") <= longestMessage) return message;
  }
}

function textOf(kept: unknown): string {
  try {
    return JSON.stringify(kept, (name, value) => (personal.has(name.toLowerCase()) ? undefined : value)) ?? "";
  } catch {
    return "It is nested too deep to be written.";
  }
}
