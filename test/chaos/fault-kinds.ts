import type { Fault } from "../../emulator/faults.ts";
import type { StorageService } from "../../emulator/storage-proxy.ts";

/** Whose answer is to suffer: Azure Resource Manager's, or that of a service of the app's own storage. */
export type Side = "arm" | StorageService;

/** One kind of fault: what its sender sees, and what happened all the same. */
export interface FaultKind {
  name: string;
  /** The one time at which it differs from all others, where that is not both. */
  only?: "before" | "after";
  /** From then on every request to the same side meets it for so long; else this one alone does. */
  lastsSeconds?: number;
  at(side: Side, when: "before" | "after"): Fault;
}

/** Shorter than any time limit of the service. */
const slowMilliseconds = 2_000;
/** Longer than any of them. */
const lateMilliseconds = 45_000;
/** A server's wish that is short, so that it is kept within a run. */
const retryAfterSeconds = 3;

const unavailable = "<html><body><h1>Our services aren't available right now</h1></body></html>";

/** Every kind of fault that is tried at each request. */
export const faultKinds: readonly FaultKind[] = [
  { name: "no answer", at: (_, when) => ({ kind: "silence", when }) },
  { name: "closed", at: (_, when) => ({ kind: "drop", when }) },
  { name: "half an answer", only: "after", at: (_, when) => ({ kind: "drop", when, halfAnswer: true }) },
  { name: "reset", at: (_, when) => ({ kind: "reset", when }) },
  { name: "slow", only: "after", at: (_, when) => ({ kind: "delay", when, milliseconds: slowMilliseconds }) },
  // The sender has long given up when it takes effect. An answer that is late is none to it.
  { name: "late", only: "before", at: (_, when) => ({ kind: "delay", when, milliseconds: lateMilliseconds }) },
  answered("409", 409, "Conflict"),
  answered("412", 412, "ConditionNotMet"),
  answered("429", 429, "TooManyRequests"),
  answered("429 with Retry-After", 429, "TooManyRequests", { "retry-after": String(retryAfterSeconds) }),
  answered("500", 500, "InternalError"),
  { name: "503", at: (_, when) => ({ kind: "answer", when, status: 503, body: unavailable }) },
  // Longer than all retries of a client.
  {
    name: "outage",
    only: "before",
    lastsSeconds: 40,
    at: () => ({ kind: "answer", when: "before", status: 503, body: unavailable }),
  },
];

function answered(name: string, status: number, code: string, headers: Record<string, string> = {}): FaultKind {
  return {
    name,
    at(side, when) {
      const message = "A fault that a test asked for.";
      return {
        kind: "answer",
        when,
        status,
        ...errorOf(side, code, message),
        headers: { ...headersOf(side, code), ...headers },
      };
    },
  };
}

/** As each of them writes its errors. */
function errorOf(side: Side, code: string, message: string) {
  if (side === "arm") return { body: { error: { code, message } } };
  if (side === "table") return { body: { "odata.error": { code, message: { lang: "en-US", value: message } } } };
  return {
    body: `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`,
  };
}

function headersOf(side: Side, code: string): Record<string, string> {
  if (side === "arm") return {};
  if (side === "table") return { "x-ms-error-code": code };
  return { "content-type": "application/xml", "x-ms-error-code": code };
}
