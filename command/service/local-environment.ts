import { readFile } from "node:fs/promises";
import path from "node:path";

/** Where `npm start` leaves what a shell needs to talk to its local Azure, relative to the folder it runs in. */
const file = path.join(".local-azure", "env");

/**
 * What the local Azure says of itself in the working folder; nothing where none runs here. Only what names this machine is taken: a file
 * that somebody put into a folder must not lead a token or key to another host.
 */
export async function localEnvironment(directory: string): Promise<NodeJS.ProcessEnv> {
  const text = await textOf(path.join(directory, file));
  const variables = Object.fromEntries(
    [...text.matchAll(/^export ([A-Z_]+)='((?:[^']|'\\'')*)'$/gm)].map(([, name = "", value = ""]) => [
      name,
      value.replaceAll(`'\\''`, "'"),
    ]),
  );
  const storage = [...(variables.STORAGE_CONNECTION ?? "").matchAll(/Endpoint=([^;]+)/g)].map(([, address]) => address);
  const named = [variables.ARM_ENDPOINT, variables.FUNCTIONS_URL, variables.GRAPH_ENDPOINT, ...storage];
  const addresses = named.filter((address) => address !== undefined);
  return addresses.every(isThisMachine) ? variables : {};
}

/** Whether a URL names this machine. */
export function isThisMachine(url: string): boolean {
  return URL.canParse(url) && ["localhost", "127.0.0.1", "[::1]"].includes(new URL(url).hostname);
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch {
    return "";
  }
}
