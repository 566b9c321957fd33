import { createHash } from "node:crypto";
import { isJsonObject, type Json, type JsonObject } from "../json.ts";

/** What the first entry of a chain names as the hash of the one before it. */
export const genesis = "0".repeat(64);

/** A line of a chain as it was read. */
export interface ChainLine {
  /** In bytes, from the begin of its blob. */
  offset: number;
  /** In bytes, with its line feed. */
  length: number;
  /** The entry; nothing where the text is no JSON object. */
  entry: JsonObject | undefined;
  /** The hash that the line says of itself; empty where it says none. */
  hash: string;
  /** Whether that is the hash of what it says. */
  isIntact: boolean;
  /** The hash of the line before, as this one names it; empty where it names none. */
  previous: string;
}

/** `,"hash":"…"}` at the end of a line: SHA-256 in hexadecimal of everything before it. */
const hashAtEnd = /,"hash":"([0-9a-f]{64})"\}$/;

/** An entry as a line of a chain, linked to the one before it; and the hash that the next one names. */
export function linkedLine(entry: object, previous: string): { line: Buffer; hash: string } {
  const body = JSON.stringify({ ...entry, previous }).slice(0, -1);
  const hash = sha256(body);
  return { line: Buffer.from(`${body},"hash":"${hash}"}\n`, "utf8"), hash };
}

/**
 * The lines of a part of a blob that begins and ends with whole lines.
 * @param offset of the part in its blob, in bytes.
 */
export function linesOf(bytes: Buffer, offset: number): ChainLine[] {
  const lines: ChainLine[] = [];
  let begin = 0;
  while (begin < bytes.byteLength) {
    const feed = bytes.indexOf(0x0a, begin);
    const end = feed < 0 ? bytes.byteLength : feed + 1;
    lines.push(lineOf(bytes.toString("utf8", begin, feed < 0 ? end : feed), offset + begin, end - begin));
    begin = end;
  }
  return lines;
}

function lineOf(text: string, offset: number, length: number): ChainLine {
  const hash = hashAtEnd.exec(text)?.[1] ?? "";
  const body = text.replace(hashAtEnd, "");
  const entry = objectIn(text);
  const previous = typeof entry?.previous === "string" ? entry.previous : "";
  return { offset, length, entry, hash, isIntact: entry !== undefined && hash === sha256(body), previous };
}

function objectIn(text: string): JsonObject | undefined {
  try {
    const value: Json = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function sha256(text: string): string {
  return createHash("sha256").update(text, "utf8").digest("hex");
}
