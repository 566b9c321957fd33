import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { BlobServiceClient } from "@azure/storage-blob";
import { isJsonObject, type Json } from "../arm/json.ts";

/** Where the service's journal is, and where a copy of it. */
export interface JournalCopy {
  url: string;
  blobs: number;
  file: string;
  lines: number;
  intents: number;
  /** Intents that have no outcome. */
  open: number;
}

/** Reads the whole journal from the local storage account, and writes its lines, oldest first, to a file. */
export async function copyJournal(connectionString: string, file: string): Promise<JournalCopy> {
  const container = BlobServiceClient.fromConnectionString(connectionString).getContainerClient("journal");
  const lines: { at: string; line: string; kind: string }[] = [];
  let blobs = 0;
  for await (const blob of container.listBlobsFlat()) {
    blobs += 1;
    const text = (await container.getBlobClient(blob.name).downloadToBuffer()).toString("utf8");
    lines.push(...text.split("\n").filter(Boolean).map(lineWithTime));
  }
  lines.sort((a, b) => a.at.localeCompare(b.at));
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, lines.map(({ line }) => `${line}\n`).join(""));
  const count = (kind: string): number => lines.filter((line) => line.kind === kind).length;
  const intents = count("intent");
  return { url: container.url, blobs, file, lines: lines.length, intents, open: intents - count("intent-outcome") };
}

function lineWithTime(line: string): { at: string; line: string; kind: string } {
  const entry: Json = JSON.parse(line);
  return isJsonObject(entry)
    ? { at: String(entry.at), line, kind: String(entry.kind) }
    : { at: "", line, kind: "unknown" };
}
