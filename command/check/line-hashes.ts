/** The hash of a line looks at so many characters from its begin on. */
const charactersAhead = 100;
const factor = 37n;
const bits = 64;
/** Stands at the end of the text. */
const endOfText = 65535;

/**
 * The hash of each line of a text, with a number that tells equal ones apart: the partial fingerprint `primaryLocationLineHash` as GitHub's
 * own upload action makes it, so that an alert keeps its identity when lines move. White space does not count.
 * Source: github/codeql-action, src/fingerprints.ts (what it computes, checked against its published test values).
 */
export function lineHashes(text: string): string[] {
  const { codes, begins } = normalised(text);
  const seen = new Map<string, number>();
  return begins.map((begin) => {
    const hash = hashOf(codes, begin).toString(16);
    const times = (seen.get(hash) ?? 0) + 1;
    seen.set(hash, times);
    return `${hash}:${times}`;
  });
}

/** The text without spaces and tabs, each line's end one line feed, and where in it the lines begin. */
function normalised(text: string): { codes: number[]; begins: number[] } {
  const lines = text.split(/\r\n|\r|\n/).map((line) => line.replace(/[ \t]/g, ""));
  const codes: number[] = [];
  const begins: number[] = [];
  for (const [index, line] of lines.entries()) {
    begins.push(codes.length);
    const end = index === lines.length - 1 ? [endOfText] : [0x0a];
    for (const code of [...Array.from(line, (_, at) => line.charCodeAt(at)), ...end]) codes.push(code);
  }
  return { codes, begins };
}

/** A polynomial over the characters ahead; behind the end of the text there are zeros. */
function hashOf(codes: readonly number[], begin: number): bigint {
  let hash = 0n;
  for (let at = begin; at < begin + charactersAhead; at += 1) hash = hash * factor + BigInt(codes[at] ?? 0);
  return BigInt.asUintN(bits, hash);
}
