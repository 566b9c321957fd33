import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { vi } from "vitest";
import {
  type FunctionsHost,
  type FunctionsHostOptions,
  type HostLogEntry,
  startFunctionsHost,
} from "../../../emulator/functions-host/index.ts";

export interface TestHost extends FunctionsHost {
  logged: HostLogEntry[];
  directory: string;
}

export interface TestPackage {
  /** Files by name; `index.js` is the entry unless `packageJson` says otherwise. */
  files: Record<string, string>;
  hostJson?: object;
  packageJson?: object;
}

/** Queues are looked at often, so that tests need not wait. */
const quickQueues = { extensions: { queues: { maxPollingInterval: "00:00:00.100" } } };
const nodeModules = fileURLToPath(new URL("../../../node_modules", import.meta.url));
const packageDirectories: string[] = [];
const openHosts: FunctionsHost[] = [];

/** Writes a package to a directory of its own, with the real libraries beside it. */
export async function writePackage({ files, hostJson = quickQueues, packageJson }: TestPackage): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), "functions-package-"));
  packageDirectories.push(directory);
  await symlink(nodeModules, path.join(directory, "node_modules"));
  const written: Record<string, string> = {
    "host.json": JSON.stringify({ version: "2.0", ...hostJson }),
    "package.json": JSON.stringify(packageJson ?? { main: "index.js", type: "module" }),
    ...files,
  };
  for (const [name, text] of Object.entries(written)) {
    await mkdir(path.dirname(path.join(directory, name)), { recursive: true });
    await writeFile(path.join(directory, name), text);
  }
  return directory;
}

/** Starts a host for an ES module that begins with the usual import, or for a package already written. */
export async function startTestHost(
  source: string | { directory: string },
  options: Partial<FunctionsHostOptions> & { hostJson?: object } = {},
): Promise<TestHost> {
  const { hostJson, ...hostOptions } = options;
  const directory =
    typeof source === "object"
      ? source.directory
      : await writePackage({
          files: { "index.js": `import { app, output } from "@azure/functions";\n${source}` },
          ...(hostJson && { hostJson }),
        });
  const logged: HostLogEntry[] = [];
  const host = await startFunctionsHost({
    packageDirectory: directory,
    port: 0,
    settings: {},
    storageConnectionString: "UseDevelopmentStorage=true",
    log: (entry) => logged.push(entry),
    disableTimers: true,
    ...hostOptions,
  });
  openHosts.push(host);
  return { ...host, logged, directory };
}

/** Waits until the check passes, looking again and again. */
export function eventually(check: () => void | Promise<void>): Promise<void> {
  return vi.waitFor(check, { timeout: 10_000, interval: 20 });
}

/** Closes all hosts that a test started, and removes their packages. */
export async function closeTestHosts(): Promise<void> {
  await Promise.all(openHosts.splice(0).map((host) => host.close()));
  for (const directory of packageDirectories.splice(0)) await rm(directory, { recursive: true, force: true });
}
