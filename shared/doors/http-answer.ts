import { CodedError, type ErrorCode, type ErrorDetail, errors, messageOf } from "../errors.ts";
import type { InvocationLogger } from "../log.ts";
import type { SettingProblem } from "../policy/settings.ts";

/** An answer to an HTTP request: what a Functions handler returns. */
export interface HttpAnswer {
  status: number;
  jsonBody: unknown;
  headers?: { [name: string]: string };
}

/** An error's answer, with its stable code, and what is wrong where. */
export function errorAnswer(code: ErrorCode, message: string, details: ErrorDetail[] = []): HttpAnswer {
  return { status: errors[code].status, jsonBody: { error: { code, message, details } } };
}

/** The answer of every route while settings are wrong: the setting, the value, and what is allowed. */
export function configurationAnswer(problems: readonly SettingProblem[]): HttpAnswer {
  const details = problems.map(({ setting, value, allowed }) => ({
    target: setting,
    message: `${JSON.stringify(value)} is not allowed. Allowed: ${allowed}.`,
  }));
  return errorAnswer("configuration-invalid", errors["configuration-invalid"].meaning, details);
}

/** Answers, and makes of whatever is thrown an answer with a code; the log has the cause. */
export async function answering(logger: InvocationLogger, work: () => Promise<HttpAnswer>): Promise<HttpAnswer> {
  try {
    return await work();
  } catch (thrown) {
    logger.error(JSON.stringify({ message: "request failed", error: messageOf(thrown) }));
    if (thrown instanceof CodedError) return errorAnswer(thrown.code, thrown.message, thrown.details);
    return errorAnswer("internal-error", errors["internal-error"].meaning);
  }
}
