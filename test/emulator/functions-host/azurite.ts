import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export interface StorageAccount {
  connectionString: string;
  close(): Promise<void>;
}

/** The well-known account of the storage emulator. */
const accountName = "devstoreaccount1";
const accountKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/** Starts an Azurite of its own in memory, on free ports. */
export async function startStorageAccount(): Promise<StorageAccount> {
  const script = fileURLToPath(new URL("../../../node_modules/azurite/dist/src/azurite.js", import.meta.url));
  const ports = ["--blobPort", "0", "--queuePort", "0", "--tablePort", "0"];
  const child = spawn(process.execPath, [
    script,
    "--inMemoryPersistence",
    "--silent",
    "--disableTelemetry",
    "--skipApiVersionCheck",
    ...ports,
  ]);
  const endpoints = await readEndpoints(child);
  return {
    connectionString: [
      "DefaultEndpointsProtocol=http",
      `AccountName=${accountName}`,
      `AccountKey=${accountKey}`,
      ...[...endpoints].map(([service, url]) => `${service}Endpoint=${url}/${accountName}`),
    ].join(";"),
    async close() {
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    },
  };
}

async function readEndpoints(child: ChildProcess): Promise<Map<string, string>> {
  const endpoints = new Map<string, string>();
  if (!child.stdout) throw new Error("Azurite has no output.");
  for await (const line of createInterface({ input: child.stdout })) {
    const found = /Azurite (Blob|Queue|Table) service is successfully listening at (\S+)/.exec(line);
    if (found?.[1] && found[2]) endpoints.set(found[1], found[2]);
    if (endpoints.size === 3) return endpoints;
  }
  throw new Error("Azurite ended before it was ready.");
}
