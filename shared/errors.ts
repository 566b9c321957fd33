interface ErrorMeaning {
  /** HTTP status where it answers a request. */
  status: number;
  meaning: string;
  advice: string;
}

/** Every error that this service names, with its stable code. docs/errors.md is made from it. */
export const errors = {
  "body-invalid": {
    status: 400,
    meaning: "The request's body breaks its schema.",
    advice: "Correct the properties that `details` names.",
  },
  "query-invalid": {
    status: 400,
    meaning: "A query parameter has a value that is not allowed.",
    advice: "Correct the parameters that `details` names.",
  },
  "resource-id-invalid": {
    status: 400,
    meaning: "The text is no ARM resource id, or it names another host or path.",
    advice: "Give `/subscriptions/GUID/resourceGroups/NAME/providers/NAMESPACE/TYPE/NAME`.",
  },
  "resource-type-unknown": {
    status: 400,
    meaning: "No baseline concerns this resource type.",
    advice: "See docs/baselines for the types that have baselines.",
  },
  "out-of-scope": {
    status: 403,
    meaning: "The resource lies outside the configured scopes.",
    advice: "Add its subscription or resource group, or a management group that holds it, to the setting SCOPES.",
  },
  "scopes-unknown": {
    status: 503,
    meaning: "It can't be told which subscriptions are in a management group of the setting SCOPES. Events are kept.",
    advice:
      "Check the id of the group, and that the service's identity has Microsoft.Management/managementGroups/descendants/read on it.",
  },
  "remediation-unknown": {
    status: 404,
    meaning: "There is no remediation with this id.",
    advice: "List remediations with GET /api/remediations.",
  },
  "sign-in-needed": {
    status: 401,
    meaning: "The request does not say who calls, or its token is refused.",
    advice: "Send `Authorization: Bearer TOKEN` with a token for ENTRA_AUDIENCE.",
  },
  "role-missing": {
    status: 403,
    meaning: "The caller lacks the app role that the route needs.",
    advice: "Have the role assigned in Microsoft Entra, to the service's enterprise application.",
  },
  "sign-in-unavailable": {
    status: 503,
    meaning: "The keys that tokens are signed by can't be had from Microsoft Entra, so nobody is let in.",
    advice: "Ask again; if it stays, check that the app reaches its tenant's sign-in address.",
  },
  "approval-needs-sign-in": {
    status: 403,
    meaning: "A function key names nobody, and this decision can weaken security.",
    advice: "Set APPROVE_WITH_KEY to true where a key shall be enough.",
  },
  "approval-by-changer": {
    status: 403,
    meaning: "Nobody decides about what they changed themselves, nor what their own team's pipeline changed.",
    advice: "Ask another approver; see `changedBy`, and the setting DEPLOYER_TEAMS.",
  },
  "changer-unknown": {
    status: 409,
    meaning: "A change was found before its event told who made it, so it could be the caller's own.",
    advice: "Ask again once the event came, or after the time in the message, at most ten minutes later.",
  },
  "proposal-changed": {
    status: 409,
    meaning:
      "The approval or rejection is about another change than the one that is proposed now, so nothing was decided.",
    advice: "Read the remediation again, and decide about the proposal that it shows now.",
  },
  "resource-not-judged": {
    status: 409,
    meaning: "The resource can't be judged just now, so nothing was decided.",
    advice: "Ask again when what the message names is over.",
  },
  "exemption-unknown": {
    status: 404,
    meaning: "There is no exemption with this id that can be read.",
    advice: "List exemptions with GET /api/exemptions.",
  },
  "exemption-over": {
    status: 409,
    meaning: "The exemption ended already.",
    advice: "Nothing: it exempts nothing any more.",
  },
  "undo-needs-setting": {
    status: 403,
    meaning: "The remediation encrypted data at rest, and the settings say that nobody may take that back.",
    advice: "Set UNDO_ENCRYPTION_AT_REST to true where that shall be possible.",
  },
  "undo-not-possible": {
    status: 409,
    meaning: "The remediation changed nothing that could be put back.",
    advice: "See its journal: only proven fixes can be undone, each once.",
  },
  "undo-changed-since": {
    status: 409,
    meaning: "What the remediation changed is not as it left it, so nothing was put back.",
    advice: "See `details`, and the remediations of the resource since then.",
  },
  "breaker-not-open": {
    status: 409,
    meaning: "The baseline's breaker is not open on this resource.",
    advice: "See the resource's remediations: only `contested` has an open breaker.",
  },
  "resource-busy": {
    status: 409,
    meaning: "Another worker works on the resource.",
    advice: "Ask again in a minute.",
  },
  "operation-unknown": {
    status: 404,
    meaning: "There is no re-check operation with this id.",
    advice: "Start one with POST /api/recheck.",
  },
  "configuration-invalid": {
    status: 503,
    meaning: "An app setting has a value that is not allowed. Events are kept; nothing is written to Azure.",
    advice: "Correct the settings that `details` names.",
  },
  "format-newer": {
    status: 503,
    meaning: "The journal or the tables were written by a newer app, so this one does nothing. Events are kept.",
    advice: "Deploy the newer package again; see docs/upgrade.md.",
  },
  "internal-error": {
    status: 500,
    meaning: "Something unforeseen went wrong; the log holds it under the invocation id.",
    advice: "Ask again; if it stays, look at the log.",
  },
  "event-not-kept": {
    status: 500,
    meaning: "An event could not be put on the queue, so it was not acknowledged; Event Grid delivers it again.",
    advice: "Check that the storage account of AzureWebJobsStorage can be reached.",
  },
  "message-unreadable": {
    status: 500,
    meaning: "A queue message has another shape than expected; it was put on the poison queue with the reason.",
    advice: "See `poison` in GET /api/health.",
  },
  "fix-not-taken": {
    status: 500,
    meaning: "Azure accepted the change, but the resource read afterwards still falls short.",
    advice: "See `readAfterwards` of the remediation; somebody may have set the property back in between.",
  },
  "fix-incomplete": {
    status: 500,
    meaning: "The baseline has a finding to fix, but its fix is empty, so nothing was sent.",
    advice: "The resource has a shape that the baseline does not know. Report it, with the remediation.",
  },
  "azure-refused": {
    status: 502,
    meaning: "Azure refused the request with a code that no rule here knows.",
    advice: "See Azure's own code and message in the remediation.",
  },
  "no-answer": {
    status: 504,
    meaning: "Azure gave no answer: the connection failed, or the time limit was reached.",
    advice: "Nothing: it is looked at again. A later read shows whether a write took effect.",
  },
  "turn-missed": {
    status: 503,
    meaning: "So many writes waited under Azure's limits that this one's time limit passed, so it was not sent.",
    advice: "Nothing: it is looked at again. Where it stays, Azure answers writes slowly in that subscription.",
  },
  "answer-unexpected": {
    status: 502,
    meaning: "Azure answered with something else than the resource, such as a proxy's page.",
    advice: "Nothing: it is looked at again. Where it stays, check what stands between the app and Azure.",
  },
  "credential-missing": {
    status: 502,
    meaning: "There was no token to ask Azure with, so nothing was sent.",
    advice: "Check that the function app has a managed identity, and AZURE_CLIENT_ID where it has several.",
  },
  "changed-meanwhile": {
    status: 409,
    meaning: "Somebody changed the resource between the read and the write, so nothing was sent.",
    advice: "Nothing: it is judged again as it is now.",
  },
  "write-would-lose": {
    status: 409,
    meaning: "A full PUT would drop what a newer api-version shows, so nothing was sent.",
    advice: "Raise the provider's api-version in the settings, or make the change by hand.",
  },
  "other-end-missing": {
    status: 409,
    meaning: "The connection that comes the other way was not found, or lies outside the scopes; nothing was sent.",
    advice: "Make the change at both ends by hand, or add the other end to the setting SCOPES.",
  },
  "connection-replaced": {
    status: 409,
    meaning: "Somebody deleted the connection and made it anew between the read and the write.",
    advice: "Check the connection's shared key, then ask for a re-check.",
  },
  "setting-not-taken": {
    status: 502,
    meaning: "Azure accepted a setting that must hold before the fix, but does not show it; the fix was not sent.",
    advice: "Check STORAGE_API_VERSION, and policies that modify the file service.",
  },
  "too-many-shares": {
    status: 409,
    meaning: "The account has more file shares than are looked through, so nothing was sent.",
    advice: "Check by hand whether clients mount them without encryption, then make the change by hand.",
  },
  "operation-foreign": {
    status: 502,
    meaning: "The URL of a long operation names another host than Azure Resource Manager, so it was not asked.",
    advice: "Check ARM_ENDPOINT, and what stands between the app and Azure.",
  },
  "resource-type-left-alone": {
    status: 409,
    meaning: "Resources of this type are named, and neither read nor written.",
    advice: "Check and change the resource by hand.",
  },
  "retries-exhausted": {
    status: 504,
    meaning: "Azure could not do it for seven days.",
    advice: "See Azure's own code and message in the remediation, then ask for a re-check.",
  },
  "state-conflict": {
    status: 500,
    meaning: "Another worker took the resource while this one worked on it; this one stopped.",
    advice: "Nothing: the other worker goes on.",
  },
  "storage-unavailable": {
    status: 503,
    meaning: "The service's own storage did not answer as expected.",
    advice:
      "Check the storage account of AzureWebJobsStorage, that of JOURNAL_STORAGE where it is set, and the roles on them.",
  },
} as const satisfies Record<string, ErrorMeaning>;

/** Stable code of an error. */
export type ErrorCode = keyof typeof errors;

/** One thing that is wrong in a request or a setting: where, and what is allowed. */
export interface ErrorDetail {
  target: string;
  message: string;
}

/** An error with a stable code, thrown where a failure is not expected. */
export class CodedError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetail[];

  constructor(code: ErrorCode, message: string, details: ErrorDetail[] = [], options?: ErrorOptions) {
    super(message, options);
    this.name = "CodedError";
    this.code = code;
    this.details = details;
  }
}

/** The one sentence that an unknown thrown value says of itself. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

const passingCodes: ReadonlySet<string> = new Set(["storage-unavailable", "state-conflict", "scopes-unknown"]);

/** Whether something failed only for a while: a queue's message is sent again then, so that an outage does not make poison of it. */
export function isPassing(thrown: unknown): thrown is CodedError {
  return thrown instanceof CodedError && passingCodes.has(thrown.code);
}
