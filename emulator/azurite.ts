import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

/** Microsoft's published development account, the same for every Azurite: no secret. */
const ACCOUNT = "devstoreaccount1";
const ACCOUNT_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
/** Azurite is ready within a second; a slow machine gets this many milliseconds. */
const START_TIME = 30_000;
/** What Azurite printed last is kept for the error, should it die. */
const KEPT_LINES = 20;

/** Ports of Azurite's three services; 0, or left out, for any free one. */
export interface AzuritePorts {
  blobPort?: number;
  queuePort?: number;
  tablePort?: number;
}

/** A running Azurite. */
export interface Azurite {
  connectionString: string;
  processId: number;
  /** Ends the process. May be called more than once. */
  close(): Promise<void>;
}

type Endpoints = Record<"blob" | "queue" | "table", string | undefined>;

/**
 * Starts Azurite, which keeps everything in memory, and waits until blob, queue and table answer. Rejects with what it
 * printed when it ends at the start (a port in use, for example), or is not ready in time.
 * @param modules that its process loads first.
 */
export async function startAzurite(ports: AzuritePorts = {}, modules: readonly string[] = []): Promise<Azurite> {
  const loaded = modules.flatMap((file) => ["--import", pathToFileURL(file).href]);
  // In a process group of its own: Ctrl-C must not end the storage before those who still write to it.
  const child = spawn(process.execPath, [...loaded, commandLine(), ...parameters(ports)], {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const endWithParent = (): void => void child.kill("SIGKILL");
  process.once("exit", endWithParent);
  const close = async (): Promise<void> => {
    await end(child);
    process.off("exit", endWithParent);
  };
  try {
    const endpoints = await listening(child);
    if (child.pid === undefined) throw new Error("Azurite has no process id");
    return { connectionString: connectionString(endpoints), processId: child.pid, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function commandLine(): string {
  return createRequire(import.meta.url).resolve("azurite/dist/src/azurite.js");
}

function parameters({ blobPort = 0, queuePort = 0, tablePort = 0 }: AzuritePorts): string[] {
  const hosts = ["--blobHost", "127.0.0.1", "--queueHost", "127.0.0.1", "--tableHost", "127.0.0.1"];
  const numbers = ["--blobPort", `${blobPort}`, "--queuePort", `${queuePort}`, "--tablePort", `${tablePort}`];
  // Silent: a line for each request would take an eighth of its time.
  return ["--silent", "--inMemoryPersistence", ...hosts, ...numbers, "--disableTelemetry", "--skipApiVersionCheck"];
}

/** Reads the lines "Azurite Blob service is successfully listening at http://127.0.0.1:PORT" of all three. */
function listening(child: ChildProcess): Promise<Endpoints> {
  return new Promise((resolve, reject) => {
    const endpoints: Endpoints = { blob: undefined, queue: undefined, table: undefined };
    const printed: string[] = [];
    const timer = setTimeout(() => fail(`was not ready within ${START_TIME / 1_000} s`), START_TIME);

    function fail(what: string): void {
      clearTimeout(timer);
      reject(new Error([`Azurite ${what}`, ...printed].join("\n")));
    }

    function read(line: string): void {
      printed.push(line);
      if (printed.length > KEPT_LINES) printed.shift();
      const [, service, url] = /Azurite (Blob|Queue|Table) service.*listening (?:at|on) (http:\S+)/.exec(line) ?? [];
      if (service === "Blob") endpoints.blob = url;
      if (service === "Queue") endpoints.queue = url;
      if (service === "Table") endpoints.table = url;
      if (!endpoints.blob || !endpoints.queue || !endpoints.table) return;
      clearTimeout(timer);
      resolve(endpoints);
    }

    // The streams are read for as long as the process lives, or its pipe would fill.
    if (child.stdout) createInterface({ input: child.stdout }).on("line", read);
    if (child.stderr) createInterface({ input: child.stderr }).on("line", read);
    child.once("error", (error) => fail(`could not be started: ${error.message}`));
    // "close" comes after the last line, "exit" may come before it.
    child.once("close", (code) => fail(`ended at the start with code ${code}`));
  });
}

function connectionString(endpoints: Endpoints): string {
  return [
    "DefaultEndpointsProtocol=http",
    `AccountName=${ACCOUNT}`,
    `AccountKey=${ACCOUNT_KEY}`,
    `BlobEndpoint=${endpoints.blob}/${ACCOUNT}`,
    `QueueEndpoint=${endpoints.queue}/${ACCOUNT}`,
    `TableEndpoint=${endpoints.table}/${ACCOUNT}`,
    "",
  ].join(";");
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  // Everything is in memory: there is nothing that it should still write.
  child.kill("SIGKILL");
  await exited;
}
