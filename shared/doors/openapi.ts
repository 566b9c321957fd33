import { signInOf } from "../access/sign-in.ts";
import type { InvocationLogger } from "../log.ts";
import { openApiDocument } from "../openapi/document.ts";
import { answering, type HttpAnswer } from "./http-answer.ts";

/** The description of all routes for clients and tools, as OpenAPI 3.1. `GET /api/openapi.json` */
export function openApi(logger: InvocationLogger): Promise<HttpAnswer> {
  return answering(logger, async () => ({ status: 200, jsonBody: openApiDocument(signInOf(process.env)) }));
}
