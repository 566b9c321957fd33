import * as z from "zod";
import { type ErrorCode, errors, messageOf } from "../../shared/errors.ts";
import type { Surroundings } from "../frame/command.ts";
import { findService, type ServiceOptions } from "./find-service.ts";

/** The service's HTTP API: each answer checked against its schema. */
export interface ServiceClient {
  get<Answer>(path: string, schema: z.ZodType<Answer>): Promise<Answer>;
  post<Answer>(path: string, body: unknown, schema: z.ZodType<Answer>): Promise<Answer>;
  delete<Answer>(path: string, schema: z.ZodType<Answer>): Promise<Answer>;
}

/** An answer of the service that says no: the message holds its own code, the details what is wrong where, and what to do. */
export class ServiceError extends Error {
  readonly details: readonly string[];

  constructor(message: string, details: readonly string[] = []) {
    super(message);
    this.name = "ServiceError";
    this.details = details;
  }
}

const refusalSchema = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    details: z.array(z.object({ target: z.string(), message: z.string() })).default([]),
  }),
});

/** A request that takes longer is given up. An undo or a re-check of one resource may take its time. */
const mostMilliseconds = 120_000;

/**
 * Opens the service's API. A refusal is thrown as a {@link ServiceError} that says code, message and what to do; an answer of another
 * shape, or none, as an Error. Keys and tokens are in none of them.
 */
export async function openService(options: ServiceOptions, surroundings: Surroundings): Promise<ServiceClient> {
  const { url, headers } = await findService(options, surroundings);

  async function ask<Answer>(method: string, path: string, body: unknown, schema: z.ZodType<Answer>): Promise<Answer> {
    const asked = new URL(path, url);
    const response = await answerOf(asked, {
      method,
      headers: { ...(await headers()), ...(body === undefined ? {} : { "content-type": "application/json" }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      // A redirect would carry the key to another host.
      redirect: "error",
      signal: AbortSignal.timeout(mostMilliseconds),
    });
    const json = jsonIn(await response.text());
    if (!response.ok) throw refusalOf(response.status, json, asked);
    const parsed = schema.safeParse(json);
    if (parsed.success) return parsed.data;
    throw new ServiceError(
      `${asked.origin} answered ${asked.pathname} in a shape that this version does not know.`,
      z.prettifyError(parsed.error).split("\n"),
    );
  }

  return {
    get: (path, schema) => ask("GET", path, undefined, schema),
    post: (path, body, schema) => ask("POST", path, body, schema),
    delete: (path, schema) => ask("DELETE", path, undefined, schema),
  };
}

async function answerOf(asked: URL, request: RequestInit): Promise<Response> {
  try {
    return await fetch(asked, request);
  } catch (thrown) {
    const { cause } = thrown instanceof Error ? thrown : {};
    throw new Error(`${asked.origin} does not answer: ${messageOf(cause ?? thrown)}.`);
  }
}

function refusalOf(status: number, json: unknown, asked: URL): ServiceError {
  const refusal = refusalSchema.safeParse(json);
  if (!refusal.success) return new ServiceError(withoutCode(status, asked));
  const { code, message, details } = refusal.data.error;
  return new ServiceError(`${code}: ${message}`, [
    ...details.map((each) => (each.target === "" ? each.message : `${each.target}: ${each.message}`)),
    ...(isKnown(code) ? [errors[code].advice] : []),
  ]);
}

/** The Functions host answers 401 and 404 by itself, without a body. */
function withoutCode(status: number, { origin, pathname }: URL): string {
  if (status === 401) return `${origin} does not know who asks (401). Check the key, or sign in with --audience.`;
  if (status === 403) return `${origin} does not allow this to whoever asks (403).`;
  if (status === 404) return `${origin} has no ${pathname} (404): it may be an older version of the service.`;
  return `${origin} answered ${pathname} with status ${status}.`;
}

function isKnown(code: string): code is ErrorCode {
  return Object.hasOwn(errors, code);
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
