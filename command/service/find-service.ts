import * as z from "zod";
import { serviceCredential } from "../../shared/service/identity.ts";
import type { Surroundings } from "../frame/command.ts";
import { UsageError } from "../frame/output.ts";
import { isThisMachine, localEnvironment } from "./local-environment.ts";

/** The options of every command that asks the service. */
export const serviceOptions = {
  endpoint: z
    .string()
    .meta({ value: "URL", description: "the service; else FUNCTIONS_URL, else the local Azure of this folder" })
    .optional(),
  key: z
    .string()
    .meta({
      value: "KEY",
      description: "its function key; better in FUNCTIONS_KEY, where no list of processes shows it",
    })
    .optional(),
  audience: z
    .string()
    .meta({
      value: "URI",
      description: "signs in to the service's app registration, e.g. api://CLIENT-ID; else FUNCTIONS_AUDIENCE",
    })
    .optional(),
};

/** What {@link serviceOptions} say. */
export interface ServiceOptions {
  endpoint?: string | undefined;
  key?: string | undefined;
  audience?: string | undefined;
}

/** Where the service is, and what shows it who asks. */
export interface ServiceAddress {
  url: URL;
  headers(): Promise<{ [name: string]: string }>;
}

/**
 * Finds the service: by options, by the environment, or in the local Azure of the working folder. Signs in where an audience or a token
 * is named, else takes the key. Throws a UsageError where nothing names it, or where it would be asked without TLS.
 */
export async function findService(
  options: ServiceOptions,
  { environment, directory }: Pick<Surroundings, "environment" | "directory">,
): Promise<ServiceAddress> {
  const address = options.endpoint || environment.FUNCTIONS_URL;
  const own = address ? environment : { ...environment, ...(await localEnvironment(directory)) };
  const url = checkedUrl(address || own.FUNCTIONS_URL);
  const audience = options.audience || own.FUNCTIONS_AUDIENCE;
  const key = options.key || own.FUNCTIONS_KEY;
  if (own.FUNCTIONS_TOKEN) return { url, headers: async () => ({ authorization: `Bearer ${own.FUNCTIONS_TOKEN}` }) };
  if (audience) return { url, headers: () => signedIn(audience, environment) };
  if (key) return { url, headers: async () => ({ "x-functions-key": key }) };
  throw new UsageError(
    "Say who asks: FUNCTIONS_KEY (or --key), FUNCTIONS_AUDIENCE (or --audience) to sign in, or FUNCTIONS_TOKEN.",
  );
}

/** Whether anything names the service. */
export async function isServiceNamed(
  { endpoint }: ServiceOptions,
  { environment, directory }: Pick<Surroundings, "environment" | "directory">,
): Promise<boolean> {
  return Boolean(endpoint || environment.FUNCTIONS_URL || (await localEnvironment(directory)).FUNCTIONS_URL);
}

function checkedUrl(address: string | undefined): URL {
  if (!address) {
    throw new UsageError("Name the service by --endpoint URL or FUNCTIONS_URL; no local Azure runs in this folder.");
  }
  if (!URL.canParse(address)) throw new UsageError(`${JSON.stringify(address)} is no URL.`);
  const url = new URL(address);
  if (url.protocol === "https:" || isThisMachine(address)) return url;
  throw new UsageError(`${JSON.stringify(address)} is not https: whoever listens would see the key.`);
}

async function signedIn(audience: string, environment: NodeJS.ProcessEnv): Promise<{ [name: string]: string }> {
  const credential = serviceCredential(environment, environment.AZURE_CLIENT_ID);
  try {
    const token = await credential.getToken(`${audience.replace(/\/$/, "")}/.default`);
    return { authorization: `Bearer ${token?.token}` };
  } catch (thrown) {
    const name = thrown instanceof Error ? thrown.name : "Error";
    throw new Error(`There is no token for ${audience} (${name}): sign in first, e.g. with az login.`);
  }
}
