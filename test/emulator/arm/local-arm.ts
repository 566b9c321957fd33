import { request as httpsRequest } from "node:https";
import { StorageManagementClient } from "@azure/arm-storage";
import type { TokenCredential } from "@azure/core-auth";
import { createCertificate } from "../../../emulator/arm/certificate.ts";
import {
  type Arm,
  type ArmOptions,
  type Caller,
  type JsonObject,
  type ResourceEvent,
  startArm,
} from "../../../emulator/arm/index.ts";
import { systemClock } from "../../../emulator/clock.ts";

export const tenantId = "11111111-1111-4111-8111-111111111111";
export const subscriptionId = "00000000-0000-0000-0000-000000000000";
export const group = `/subscriptions/${subscriptionId}/resourceGroups/rg1`;
export const account = `${group}/providers/Microsoft.Storage/storageAccounts/contoso`;

/** Two callers; their bearer tokens are their names. */
export const callers: Record<string, Caller> = {
  ops: caller("22222222-2222-4222-8222-222222222222", "ops@contoso.example"),
  guard: caller("33333333-3333-4333-8333-333333333333", "guard"),
};

function caller(objectId: string, name: string): Caller {
  return { objectId, tenantId, name, claims: { aud: "https://management.azure.com/", ver: "1.0" } };
}

const certificate = await createCertificate();

export interface LocalArm {
  arm: Arm;
  events: ResourceEvent[];
  storage: StorageManagementClient;
  tlsOptions: { ca: string };
  credential: TokenCredential;
  send(method: string, path: string, options?: SendOptions): Promise<Received>;
}

export interface SendOptions {
  body?: JsonObject | string;
  headers?: Record<string, string>;
  /** Name of a caller; "" sends no token. */
  as?: string;
}

export interface Received {
  status: number;
  headers: Record<string, string>;
  body: unknown;
}

/** A started ARM with the group rg1, real clients for it, and the events that it raised. */
export async function startLocalArm(options: Partial<ArmOptions> = {}): Promise<LocalArm> {
  const events: ResourceEvent[] = [];
  const arm = await startArm({
    port: 0,
    certificate,
    clock: systemClock(),
    tenantId,
    subscriptions: [{ subscriptionId, displayName: "Cruises" }],
    authenticate: (token) => callers[token],
    publish: (event) => events.push(event),
    durationScale: 0,
    ...options,
  });
  arm.seed(group, { location: "westus" });
  const credential = { getToken: async () => ({ token: "ops", expiresOnTimestamp: Date.now() + 3_600_000 }) };
  const tlsOptions = { ca: certificate.cert };
  const storage = new StorageManagementClient(credential, subscriptionId, {
    endpoint: arm.endpoint,
    tlsOptions,
    retryOptions: { maxRetries: 0 },
  });
  return { arm, events, storage, tlsOptions, credential, send: (...args) => send(arm.endpoint, ...args) };
}

/** One raw request. Rejects when the connection breaks. */
async function send(endpoint: string, method: string, path: string, options: SendOptions = {}): Promise<Received> {
  const url = path.startsWith("https:") ? path : `${endpoint}${path}`;
  const body = typeof options.body === "object" ? JSON.stringify(options.body) : options.body;
  const token = options.as ?? "ops";
  return new Promise((resolve, reject) => {
    const outgoing = httpsRequest(
      url,
      {
        method,
        ca: certificate.cert,
        agent: false,
        headers: {
          ...(token && { authorization: `Bearer ${token}` }),
          ...(body !== undefined && { "content-type": "application/json" }),
          ...options.headers,
        },
      },
      (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk) => {
          text += chunk;
        });
        response.on("error", reject);
        response.on("end", () => {
          const headers = Object.fromEntries(
            Object.entries(response.headers).map(([name, value]) => [name, String(value)]),
          );
          const isJson = headers["content-type"]?.includes("json") && text !== "";
          resolve({ status: response.statusCode ?? 0, headers, body: isJson ? JSON.parse(text) : text });
        });
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

/** The error code of an ARM answer. */
export function errorOf(received: Received): { code?: string; message?: string } {
  const { body } = received;
  if (typeof body !== "object" || body === null || !("error" in body)) return {};
  const { error } = body;
  return typeof error === "object" && error !== null ? error : {};
}
