import { readFile } from "node:fs/promises";
import { Agent, request as httpsRequest } from "node:https";
import { isJsonObject, type Json, type JsonObject } from "../arm/json.ts";
import type { LocalAzure } from "../local-azure.ts";

/** An answer over HTTP with JSON in it; an empty object where there was no JSON. */
export interface Answer {
  status: number;
  body: JsonObject;
}

/** Azure Resource Manager as somebody with a token sees it, over https. */
export interface ArmClient {
  send(method: string, path: string, apiVersion: string, body?: JsonObject): Promise<Answer>;
}

/** The HTTP API of the function app. */
export interface ServiceClient {
  get(path: string, query?: Record<string, string>): Promise<Answer>;
  post(path: string, body: object): Promise<Answer>;
  /** Fires a timer before its time. */
  fire(timer: string): Promise<void>;
}

const answerWithin = 20_000;
const mostAttempts = 5;

/** Gives clients of ARM by the name of who asks. Each has a token of their own, so that ARM's events name them. */
export async function armClients(azure: LocalAzure): Promise<{ as(name: string): ArmClient; close(): void }> {
  const agent = new Agent({ ca: await readFile(azure.certificateFile), keepAlive: true });
  const tokens = new Map<string, Promise<string>>();
  const tokenOf = (name: string): Promise<string> => {
    const person = azure.people.find((each) => each.name === name);
    if (!person) throw new Error(`Nobody is called ${name}`);
    const token = tokens.get(name) ?? azure.identity.tokenFor(person);
    tokens.set(name, token);
    return token;
  };
  return {
    as: (name) => ({
      async send(method, path, apiVersion, body) {
        const url = `${azure.arm.endpoint}${path}?api-version=${apiVersion}`;
        return await exchange(agent, url, method, await tokenOf(name), body);
      },
    }),
    close: () => agent.destroy(),
  };
}

/**
 * Gives a client of the function app's HTTP API, with the key of its functions. Where the app says 503, its own storage did not answer
 * for a moment: the question is asked again, as any client would.
 */
export function serviceClient(azure: LocalAzure): ServiceClient {
  const call = async (method: string, path: string, body?: object): Promise<Answer> => {
    const response = await fetch(`${azure.functions.url}/api/${path}`, {
      method,
      headers: { "x-functions-key": azure.functions.keys.function, "content-type": "application/json" },
      signal: AbortSignal.timeout(answerWithin),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: objectIn(await response.text()) };
  };
  const callAgain = async (method: string, path: string, body?: object): Promise<Answer> => {
    let answer = await call(method, path, body);
    for (let attempt = 1; answer.status === 503 && attempt < mostAttempts; attempt += 1) {
      answer = await call(method, path, body);
    }
    return answer;
  };
  return {
    get: (path, query = {}) => callAgain("GET", `${path}?${new URLSearchParams(query)}`),
    post: (path, body) => callAgain("POST", path, body),
    async fire(timer) {
      await fetch(`${azure.functions.url}/admin/functions/${timer}`, {
        method: "POST",
        headers: { "x-functions-key": azure.functions.keys.master, "content-type": "application/json" },
        body: JSON.stringify({ input: "" }),
        signal: AbortSignal.timeout(answerWithin),
      });
    },
  };
}

function exchange(agent: Agent, url: string, method: string, token: string, body?: object): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = httpsRequest(
      url,
      {
        agent,
        method,
        timeout: answerWithin,
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      },
      (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          text += chunk;
        });
        response.on("error", reject);
        response.on("end", () => resolve({ status: response.statusCode ?? 0, body: objectIn(text) }));
      },
    );
    outgoing.on("timeout", () => outgoing.destroy(new Error(`${method} ${url}: no answer`)));
    outgoing.on("error", reject);
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function objectIn(text: string): JsonObject {
  try {
    const parsed: Json = JSON.parse(text);
    return isJsonObject(parsed) ? parsed : {};
  } catch {
    return {};
  }
}
