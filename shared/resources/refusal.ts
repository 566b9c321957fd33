import { type ErrorCode, errors } from "../errors.ts";
import { isJsonObject, type Json } from "../json.ts";
import type { AzureRefusal, OwnRefusal, Refusal, RefusedWrite } from "./resource-type.ts";

/** An answer of ARM that is no success. */
export interface RefusedAnswer {
  status: number;
  /** The parsed body, or the text where it is no JSON: ARM's own 503 is an HTML page. */
  body: Json;
  /** The Retry-After header in seconds, where there is one. */
  retryAfterSeconds?: number;
}

const longestMessage = 1000;

/** What a person can do about a code that blocks. Codes from azure-docs "Troubleshoot common Azure deployment errors" and recorded answers. */
export const blockingCodes: ReadonlyMap<string, string> = new Map<string, string>(
  Object.entries({
    ScopeLocked: "Remove the lock, or exempt the resource from the baseline; then ask for a re-check.",
    RequestDisallowedByPolicy: "Change the policy assignment or exempt the resource from it; then ask for a re-check.",
    DenyAssignmentAuthorizationFailed:
      "The resource belongs to a managed resource group: change it through the service that owns it.",
    AuthorizationFailed: "Assign the baseline's role to the service's identity at this scope; then ask for a re-check.",
    LinkedAuthorizationFailed:
      "Assign the baseline's role to the service's identity on the linked resource too; then ask for a re-check.",
    SubscriptionNotFound: "Check that the subscription exists and that the service's identity may read it.",
  }),
);

/** Codes of a 404 that say that the resource itself is gone; others name an unknown type or api-version. */
const goneCodes = new Set(["ResourceNotFound", "ResourceGroupNotFound", "ParentResourceNotFound", "NotFound"]);

/** Codes that say "later" with a status that would otherwise be final. */
const laterCodes = new Set([
  "StorageAccountIsNotProvisioned",
  "StorageAccountOperationInProgress",
  "AccountIsFailingOver",
  "AnotherOperationInProgress",
  "RetryableError",
  "RetryableErrorDueToAnotherOperation",
  "OperationNotAllowedDuringFailover",
]);

/** What a refused answer means for the remediation. */
export function refusalFrom(answer: RefusedAnswer): AzureRefusal {
  const { code, message } = codeAndMessage(answer);
  const refusal = { status: answer.status, code, message: message.slice(0, longestMessage) };
  if (answer.status === 404 && goneCodes.has(code)) return { kind: "gone", ...refusal };
  const advice = blockingCodes.get(code);
  if (advice) return { kind: "blocked", ...refusal, advice };
  if (isLater(answer.status, code)) {
    const waitSeconds = answer.retryAfterSeconds ?? secondsNamedIn(message);
    return { kind: "later", ...refusal, ...(waitSeconds === undefined ? {} : { waitSeconds }) };
  }
  if (answer.status === 401 || answer.status === 403) {
    return { kind: "blocked", ...refusal, advice: "Check the service's identity and its roles at this scope." };
  }
  return { kind: "invalid", ...refusal };
}

/** A refusal by this service itself. Its code is one of errors.ts, and so is what a person can do about it. */
export function ownRefusal(kind: OwnRefusal["kind"], own: ErrorCode, message: string): OwnRefusal {
  return { kind, own, message: message.slice(0, longestMessage), advice: errors[own].advice };
}

/** A request that got no answer: the connection failed, or the time limit was reached. */
export function noAnswer(reason: string): OwnRefusal {
  return ownRefusal("later", "no-answer", reason);
}

/** A write of which nothing was sent. */
export function unsent(refusal: Refusal): RefusedWrite {
  return { kind: "refused", refusal, unsent: true };
}

/** Codes of a 429 that is about one resource, busy with something else, and not about how many requests there were. */
const contentionCodes = ["RetryableErrorDueToAnotherOperation", "AnotherOperationInProgress"];

/** Whether an answer says that there were too many requests. */
export function isThrottled(status: number, body: string): boolean {
  return status === 429 && !contentionCodes.some((code) => body.includes(code));
}

function isLater(status: number, code: string): boolean {
  return status === 408 || status === 409 || status === 412 || status === 429 || status >= 500 || laterCodes.has(code);
}

/** ARM's envelope is `{ error: { code, message } }`; some providers leave out the wrapper or write `Code` and `Message`. */
function codeAndMessage(answer: RefusedAnswer): { code: string; message: string } {
  const fallback = { code: `Http${answer.status}`, message: `Azure answered ${answer.status}.` };
  if (!isJsonObject(answer.body)) return fallback;
  const error = isJsonObject(answer.body.error) ? answer.body.error : answer.body;
  const code = error.code ?? error.Code;
  const message = error.message ?? error.Message;
  const detail = innerDetail(error.details);
  return {
    code: detail?.code ?? (typeof code === "string" ? code : fallback.code),
    message: [typeof message === "string" ? message : fallback.message, detail?.message].filter(Boolean).join(" "),
  };
}

/** Network says `RetryableError` outside and the cause, with the wait in its text, inside. */
function innerDetail(details: Json | undefined): { code: string; message: string } | undefined {
  const first = Array.isArray(details) ? details[0] : undefined;
  if (!isJsonObject(first) || typeof first.code !== "string") return undefined;
  return { code: first.code, message: typeof first.message === "string" ? first.message : "" };
}

/** "The call can be retried in 11 seconds", "Please try again after '6' seconds": as recorded. */
function secondsNamedIn(message: string): number | undefined {
  const match = /(?:retried in|again after)\s+'?(\d{1,6})'?\s+second/i.exec(message);
  return match?.[1] === undefined ? undefined : Number(match[1]);
}
