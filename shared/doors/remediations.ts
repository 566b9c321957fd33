import * as z from "zod";
import type { ErrorDetail } from "../errors.ts";
import { type RemediationQuery, type RemediationSummary, remediationIdPattern } from "../journal/remediations.ts";
import type { InvocationLogger } from "../log.ts";
import { outcomeNames } from "../outcomes.ts";
import { parseResourceId, type ResourceId } from "../resources/resource-id.ts";
import { service, storage } from "../service/service.ts";
import { answering, configurationAnswer, errorAnswer, type HttpAnswer } from "./http-answer.ts";
import { detailsOf } from "./json-body.ts";

const defaultPage = 50;
const largestPage = 200;

const dateSchema = z.iso.datetime({ offset: true, error: "must be an ISO 8601 date-time, e.g. 2026-11-23T10:00:00Z" });

/** The query of `GET /api/remediations`. */
export const remediationsQuerySchema = z.strictObject({
  resourceId: z.string().optional(),
  outcome: z.enum(outcomeNames, `must be one of ${outcomeNames.join(", ")}`).optional(),
  from: dateSchema.optional(),
  to: dateSchema.optional(),
  top: z.coerce.number().int().min(1).max(largestPage).default(defaultPage),
  continuation: z.string().regex(remediationIdPattern, "must be the continuation of the page before").optional(),
});

/** Lists remediations, newest first: by resource, outcome and time, in pages. `GET /api/remediations` */
export function listRemediations(query: URLSearchParams, logger: InvocationLogger): Promise<HttpAnswer> {
  return answering(logger, async () => {
    const configured = service();
    if (!configured.ok) return configurationAnswer(configured.problems);
    const parsed = parsedQuery(query);
    if (parsed.kind === "invalid") return errorAnswer("query-invalid", "A query parameter is wrong.", parsed.details);
    const { summaries, more } = await storage().remediations.list(parsed.query);
    const next = more ? { continuation: summaries.at(-1)?.id } : {};
    return { status: 200, jsonBody: { remediations: summaries.map(withoutEntries), ...next } };
  });
}

/** One remediation whole, with its journal entries, oldest first. `GET /api/remediations/{id}` */
export function readRemediation(id: string, logger: InvocationLogger): Promise<HttpAnswer> {
  return answering(logger, async () => {
    const configured = service();
    if (!configured.ok) return configurationAnswer(configured.problems);
    const { remediations, journal } = storage();
    const summary = await remediations.find(id);
    if (!summary) return errorAnswer("remediation-unknown", `There is no remediation ${JSON.stringify(id)}.`);
    const journalEntries = await Promise.all(summary.entries.map((entry) => journal.read(entry)));
    return { status: 200, jsonBody: { ...withoutEntries(summary), journal: journalEntries } };
  });
}

function withoutEntries({ entries: _entries, ...rest }: RemediationSummary): Omit<RemediationSummary, "entries"> {
  return rest;
}

function parsedQuery(
  query: URLSearchParams,
): { kind: "valid"; query: RemediationQuery } | { kind: "invalid"; details: ErrorDetail[] } {
  const given = Object.fromEntries([...query].filter(([name]) => name !== "code"));
  const parsed = remediationsQuerySchema.safeParse(given);
  if (!parsed.success) return { kind: "invalid", details: detailsOf(parsed.error.issues) };
  const { resourceId, outcome, from, to, top, continuation } = parsed.data;
  let resource: ResourceId | undefined;
  if (resourceId !== undefined) {
    const id = parseResourceId(resourceId);
    if (!id.ok)
      return { kind: "invalid", details: [{ target: "resourceId", message: `It is no resource id: ${id.reason}.` }] };
    resource = id.id;
  }
  return {
    kind: "valid",
    query: {
      most: top,
      ...(resource === undefined ? {} : { resource }),
      ...(outcome === undefined ? {} : { outcome }),
      ...(from === undefined ? {} : { from: new Date(from) }),
      ...(to === undefined ? {} : { to: new Date(to) }),
      ...(continuation === undefined ? {} : { after: continuation }),
    },
  };
}
