import type { ServerResponse } from "node:http";
import type { HttpCookie, HttpData, TypedData } from "./protocol.ts";

/** Answers a request with what an HTTP function returned. */
export function sendHttpData(response: ServerResponse, answer: HttpData): void {
  response.statusCode = Number(answer.statusCode ?? 200);
  for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value);
  for (const cookie of answer.cookies ?? []) response.appendHeader("set-cookie", serializeCookie(cookie));
  response.end(bodyOf(answer.body));
}

function bodyOf(body: TypedData | null | undefined): Uint8Array | string {
  return body?.bytes ?? body?.string ?? body?.json ?? String(body?.int ?? body?.double ?? "");
}

const sameSiteNames: Record<string, string> = { strict: "Strict", lax: "Lax", explicitNone: "None" };

function serializeCookie(cookie: HttpCookie): string {
  const parts = [`${cookie.name}=${encodeURIComponent(cookie.value ?? "")}`];
  const expires = cookie.expires?.value?.seconds;
  if (expires) parts.push(`expires=${new Date(expires * 1000).toUTCString()}`);
  if (typeof cookie.maxAge?.value === "number") parts.push(`max-age=${cookie.maxAge.value}`);
  if (cookie.domain?.value) parts.push(`domain=${cookie.domain.value}`);
  parts.push(`path=${cookie.path?.value || "/"}`);
  if (cookie.secure?.value) parts.push("secure");
  const sameSite = sameSiteNames[cookie.sameSite ?? ""];
  if (sameSite) parts.push(`samesite=${sameSite}`);
  if (cookie.httpOnly?.value) parts.push("httponly");
  return parts.join("; ");
}
