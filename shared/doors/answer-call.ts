import { randomUUID } from "node:crypto";
import type { HttpRequest, InvocationContext } from "@azure/functions";
import { type Caller, callerName, hasRole, type Role } from "../access/caller.ts";
import { identify } from "../access/identify.ts";
import { type Route, type RouteName, routes } from "../access/routes.ts";
import type { SignIn } from "../access/sign-in.ts";
import { type ErrorCode, errors, messageOf } from "../errors.ts";
import { callsUnit } from "../journal/journal.ts";
import { isJsonObject } from "../json.ts";
import { jsonLinesLog } from "../log.ts";
import { storage } from "../service/service.ts";
import type { GuardedHandler } from "./guarded.ts";
import { answering, configurationAnswer, errorAnswer, type HttpAnswer } from "./http-answer.ts";
import { storedFormat } from "./stored-format.ts";

/** A call of a route, and what answers it. */
export interface Call {
  name: RouteName;
  signIn: SignIn;
  request: HttpRequest;
  context: InvocationContext;
  handler: GuardedHandler;
}

interface Refusal {
  code: ErrorCode;
  message: string;
}

/**
 * Answers a call: finds out who calls, journals that they do, and lets those in who have the role. Whoever names nobody is refused before
 * that: strangers don't write into the journal. What was let in and then refused is in the journal once more, with why.
 */
export function answerCall(call: Call): Promise<HttpAnswer> {
  const { name, request, context, handler } = call;
  const route: Route = routes[name];
  return answering(context, async () => {
    const who = await callerOf(call, route);
    if (who.kind === "refused") return who.answer;
    const { caller } = who;
    const format = await storedFormat(jsonLinesLog(context));
    const isWaitedFor = route.method !== "GET" && !route.isUrgent;
    // Health says how the format stands. Reading, and stopping in an emergency, go on where the storage does not say it.
    const goesOn = format === "fits" || name === "health" || (format === "unknown" && !isWaitedFor);
    if (!goesOn) {
      const code = format === "newer" ? "format-newer" : "storage-unavailable";
      return errorAnswer(code, errors[code].meaning);
    }
    const refusal = refusalOf(caller, await roleFor(route, request));
    const work = async () =>
      refusal ? errorAnswer(refusal.code, refusal.message) : await handler(request, caller, context);
    if (isWaitedFor) {
      await journalCall(call, route, caller, refusal?.code);
      const answer = await work();
      const code = codeIn(answer);
      if (refusal === undefined && code !== undefined) await journalOrLog(call, route, caller, code);
      return answer;
    }
    const told = format === "fits" ? journalOrLog : logCall;
    const [answer] = await Promise.all([work(), told(call, route, caller, refusal?.code)]);
    return answer;
  });
}

type Who = { kind: "caller"; caller: Caller } | { kind: "refused"; answer: HttpAnswer };

async function callerOf({ name, signIn, request, context }: Call, route: Route): Promise<Who> {
  if (signIn.kind === "invalid") {
    // Health says what is wrong, to whoever has the key.
    if (name === "health") return { kind: "caller", caller: { kind: "function key", roles: new Set(["Reader"]) } };
    const { setting, allowed } = signIn.problem;
    const answer = configurationAnswer([{ setting, value: process.env[setting] ?? "", allowed }]);
    return { kind: "refused", answer };
  }
  if (signIn.kind === "keys") return { kind: "caller", caller: keyHolder(signIn.mayApprove) };
  const identified = await identify(request.headers, route, signIn, new Date());
  if (identified.kind === "caller") return identified;
  const reason = identified.kind === "nobody" ? "It names nobody." : identified.reason;
  jsonLinesLog(context).warn("call refused", { route: name, refusal: identified.kind, reason });
  if (identified.kind === "unavailable") {
    return { kind: "refused", answer: errorAnswer("sign-in-unavailable", errors["sign-in-unavailable"].meaning) };
  }
  return { kind: "refused", answer: signInAnswer(identified.kind === "nobody" ? undefined : reason) };
}

/** The host has checked the key by now. */
function keyHolder(mayApprove: boolean): Caller {
  return {
    kind: "function key",
    roles: new Set(mayApprove ? ["Reader", "Operator", "Approver"] : ["Reader", "Operator"]),
  };
}

/** RFC 6750, section 3. */
function signInAnswer(reason: string | undefined): HttpAnswer {
  const invalid = reason === undefined ? "" : `, error="invalid_token", error_description="${reason}"`;
  const message = reason === undefined ? errors["sign-in-needed"].meaning : `The token is refused: ${reason}`;
  const headers = { "WWW-Authenticate": `Bearer realm="azure-encryption-guard"${invalid}` };
  return { ...errorAnswer("sign-in-needed", message), headers };
}

/** Which role a call needs; for some it depends on whether the body asks for a dry run. */
async function roleFor({ role, roleUnlessDryRun }: Route, request: HttpRequest): Promise<Role> {
  if (roleUnlessDryRun === undefined) return role;
  return isDryRun(await request.clone().text()) ? role : roleUnlessDryRun;
}

function isDryRun(body: string): boolean {
  try {
    const json: unknown = JSON.parse(body);
    return typeof json === "object" && json !== null && "dryRun" in json && json.dryRun === true;
  } catch {
    return false;
  }
}

function refusalOf(caller: Caller, role: Role): Refusal | undefined {
  if (hasRole(caller, role)) return undefined;
  if (caller.kind === "function key") {
    return { code: "approval-needs-sign-in", message: errors["approval-needs-sign-in"].meaning };
  }
  return { code: "role-missing", message: `This needs the role ${role}.` };
}

/** The code of what kept a call from being done, once it was let in; nothing where it was done. */
function codeIn({ jsonBody: body }: HttpAnswer): string | undefined {
  const error = isJsonObject(body) ? body.error : undefined;
  return isJsonObject(error) && typeof error.code === "string" ? error.code : undefined;
}

/** Who called what, and whether they were let in. Throws `storage-unavailable`. */
async function journalCall(...of: Parameters<typeof logCall>): Promise<void> {
  await storage().journal.append(callsUnit, [logCall(...of)]);
}

/** Gives what was logged. The path alone: a query may hold a key. */
function logCall({ request, context }: Call, { method, path }: Route, caller: Caller, refused: string | undefined) {
  const entry = {
    version: 1 as const,
    id: randomUUID(),
    at: new Date().toISOString(),
    kind: "call" as const,
    resourceId: new URL(request.url).pathname.slice(0, 512),
    route: `${method} /api/${path}`,
    caller: callerName(caller),
    callerKind: caller.kind,
    roles: [...caller.roles],
    ...(refused === undefined ? {} : { refused }),
  };
  jsonLinesLog(context).info("called", entry);
  return entry;
}

/** Reading, and stopping in an emergency, go on while the journal can't be written; then the log alone has the call. */
async function journalOrLog(...of: Parameters<typeof journalCall>): Promise<void> {
  try {
    await journalCall(...of);
  } catch (thrown) {
    jsonLinesLog(of[0].context).error("call not journaled", { error: messageOf(thrown) });
  }
}
