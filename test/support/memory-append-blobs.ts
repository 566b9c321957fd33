import { CodedError } from "../../shared/errors.ts";
import type { AppendAnswer, AppendBlobs } from "../../shared/journal/append-blobs.ts";

/** What goes wrong with one append: its answer gets lost, after it took effect or before. */
export type LostAppend = "after" | "before" | "late";

/** Append blobs in memory, which can lose answers. */
export interface MemoryAppendBlobs extends AppendBlobs {
  /** The text of a blob, for tests that look at it or tamper with it. */
  text(name: string): string;
  write(name: string, text: string): void;
  names(): string[];
  appends(): number;
  /** What happens to the appends to come, in their order. `late`: it takes effect only with the next append. */
  lose(...next: (LostAppend | "none")[]): void;
  /** The time that new blobs are stamped with. */
  clock: { now: Date };
}

export function memoryAppendBlobs(): MemoryAppendBlobs {
  const blobs = new Map<string, { bytes: Buffer; blocks: number; lastModified: Date }>();
  const clock = { now: new Date("2026-11-23T08:00:00.000Z") };
  let losses: (LostAppend | "none")[] = [];
  let late: (() => void) | undefined;
  let appends = 0;

  function apply(name: string, bytes: Buffer, position: number): AppendAnswer {
    const blob = blobs.get(name);
    if (!blob) return { kind: "missing" };
    if (blob.bytes.byteLength !== position) return { kind: "moved" };
    const grown = { bytes: Buffer.concat([blob.bytes, bytes]), blocks: blob.blocks + 1, lastModified: clock.now };
    blobs.set(name, grown);
    return { kind: "appended", blocks: grown.blocks };
  }

  return {
    clock,
    async append(name, bytes, position) {
      appends += 1;
      const loss = losses.shift() ?? "none";
      const arrived = late;
      late = undefined;
      if (loss === "late") {
        late = () => void apply(name, bytes, position);
        return { kind: "unknown", reason: "no answer" };
      }
      arrived?.();
      if (loss === "before") return { kind: "unknown", reason: "no answer" };
      const answer = apply(name, bytes, position);
      return loss === "after" ? { kind: "unknown", reason: "no answer" } : answer;
    },
    async create(name) {
      if (!blobs.has(name)) blobs.set(name, { bytes: Buffer.alloc(0), blocks: 0, lastModified: clock.now });
    },
    async sizeOf(name) {
      const blob = blobs.get(name);
      return blob && { length: blob.bytes.byteLength, blocks: blob.blocks };
    },
    async read(name, offset, length) {
      const blob = blobs.get(name);
      if (!blob) throw new CodedError("storage-unavailable", `There is no ${name}.`);
      return blob.bytes.subarray(offset, length === undefined ? undefined : offset + length);
    },
    async list(prefix) {
      const found = [...blobs].filter(([name]) => name.startsWith(prefix));
      return found.sort(([a], [b]) => a.localeCompare(b)).map(([name, { lastModified }]) => ({ name, lastModified }));
    },
    async remove(name) {
      blobs.delete(name);
    },
    text: (name) => blobs.get(name)?.bytes.toString("utf8") ?? "",
    write(name, text) {
      const bytes = Buffer.from(text, "utf8");
      blobs.set(name, { bytes, blocks: blobs.get(name)?.blocks ?? 1, lastModified: clock.now });
    },
    names: () => [...blobs.keys()].sort(),
    appends: () => appends,
    lose(...next) {
      losses = next;
    },
  };
}
