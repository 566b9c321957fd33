import * as z from "zod";
import { CodedError } from "../../shared/errors.ts";
import { tokenScope } from "../../shared/policy/clouds.ts";
import type { Surroundings } from "../frame/command.ts";
import { credentialHere, settingsHere } from "./azure.ts";

/** Azure Resource Manager by path, for what the command looks at beside the resources of baselines. */
export interface Arm {
  /** E.g. `https://management.azure.com`. */
  endpoint: string;
  /** The bearer token that it is asked with. */
  token(): Promise<string>;
  /** A GET of `/subscriptions/...?api-version=...`: what Azure says, also where it says no. */
  get(path: string): Promise<ArmAnswer>;
  /** All entries of a list, page by page. Throws `azure-refused`. */
  list(path: string): Promise<unknown[]>;
  /** Deletes; what is gone already counts as deleted. Throws `azure-refused`. */
  delete(path: string): Promise<void>;
}

/** An answer of Azure Resource Manager. */
export interface ArmAnswer {
  status: number;
  body: unknown;
}

const pageSchema = z.object({ value: z.array(z.unknown()), nextLink: z.string().nullish() });
const errorSchema = z.object({ error: z.object({ code: z.string(), message: z.string() }) });
const limitMilliseconds = 60_000;

/** Opens Azure Resource Manager with what this machine is signed in with. Throws an Error where nobody is. */
export async function openArm(surroundings: Pick<Surroundings, "environment" | "directory" | "now">): Promise<Arm> {
  const settings = await settingsHere(surroundings);
  const { cloud } = settings;
  const credential = await credentialHere(settings, surroundings);
  const token = async () => (await credential.getToken(tokenScope(cloud)))?.token ?? "";
  return armOver(cloud.endpoint, token, fetch);
}

/** The same over any fetch. */
export function armOver(endpoint: string, token: () => Promise<string>, send: typeof fetch): Arm {
  async function ask(method: string, url: URL): Promise<ArmAnswer> {
    const answer = await send(url, {
      method,
      headers: { authorization: `Bearer ${await token()}` },
      // A redirect would carry the token to another host.
      redirect: "error",
      signal: AbortSignal.timeout(limitMilliseconds),
    });
    return { status: answer.status, body: jsonIn(await answer.text()) };
  }
  return {
    endpoint,
    token,
    get: (path) => ask("GET", new URL(path, endpoint)),
    async list(path) {
      const entries: unknown[] = [];
      let next: string | undefined = path;
      while (next) {
        const url: URL = new URL(next, endpoint);
        if (url.origin !== new URL(endpoint).origin) throw new CodedError("azure-refused", "A list goes on elsewhere.");
        const answer = await ask("GET", url);
        const page = pageSchema.safeParse(answer.body);
        if (answer.status !== 200 || !page.success) throw refused(answer);
        entries.push(...page.data.value);
        next = page.data.nextLink ?? undefined;
      }
      return entries;
    },
    async delete(path) {
      const answer = await ask("DELETE", new URL(path, endpoint));
      if (![200, 202, 204, 404].includes(answer.status)) throw refused(answer);
    },
  };
}

/** What Azure says where it says no, for people. */
export function saidBy({ status, body }: ArmAnswer): string {
  const parsed = errorSchema.safeParse(body);
  return parsed.success ? `${parsed.data.error.code}: ${parsed.data.error.message}` : `status ${status}`;
}

function refused(answer: ArmAnswer): CodedError {
  return new CodedError("azure-refused", `Azure Resource Manager: ${saidBy(answer)}`);
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
