import * as z from "zod";
import type { RouteName } from "../access/routes.ts";
import { rulingSchema } from "../doors/approval.ts";
import { closeSchema } from "../doors/close-breaker.ts";
import { exemptionsQuerySchema, grantSchema } from "../doors/exemptions.ts";
import { explainQuerySchema } from "../doors/explain.ts";
import { recheckSchema } from "../doors/recheck.ts";
import { remediationsQuerySchema } from "../doors/remediations.ts";
import { switchSchema } from "../doors/stop-switch.ts";
import { undoSchema } from "../doors/undo.ts";
import {
  acceptedSchema,
  exemptionSchema,
  exemptionsSchema,
  explanationSchema,
  journalStandingSchema,
  recheckedSchema,
  recheckOperationSchema,
  remediationSchema,
  remediationsSchema,
  replayedSchema,
  settledSchema,
  switchedSchema,
} from "./answers.ts";
import { healthySchema, unhealthySchema } from "./health-answer.ts";
import type { Operation } from "./operation.ts";

const aboutResource = ["resource-id-invalid", "resource-type-unknown", "out-of-scope", "scopes-unknown"] as const;
const aboutRemediation = [
  "remediation-unknown",
  "resource-type-unknown",
  "out-of-scope",
  "scopes-unknown",
  "resource-busy",
] as const;

/** What every route takes and answers. A route of the table that is missing here is a type error. */
export const operations: { readonly [name in RouteName]: Operation } = {
  health: {
    summary: "How the service stands: settings, policy, queues, counters, the stop switch",
    answers: {
      200: { meaning: "It works.", schema: healthySchema },
      503: {
        meaning:
          "A setting is wrong, no policy was ever accepted, its storage does not answer, or it can't be told what a management group of its scopes holds.",
        schema: unhealthySchema,
      },
    },
    errors: [],
  },
  recheck: {
    summary: "Checks one resource now, or all of a subscription, resource group or management group",
    body: recheckSchema,
    answers: {
      200: { meaning: "How each baseline of the resource stands.", schema: recheckedSchema },
      202: { meaning: "It is looked at in the background; `location` tells where to ask.", schema: acceptedSchema },
    },
    errors: ["body-invalid", ...aboutResource],
  },
  "recheck-operation": {
    summary: "How a re-check of many stands",
    answers: { 200: { meaning: "What was found, and what became of it.", schema: recheckOperationSchema } },
    errors: ["operation-unknown"],
  },
  remediations: {
    summary: "What was found and done, newest first",
    query: remediationsQuerySchema,
    answers: { 200: { meaning: "A page of remediations.", schema: remediationsSchema } },
    errors: ["query-invalid"],
  },
  remediation: {
    summary: "One remediation whole, with its journal",
    answers: { 200: { meaning: "The remediation.", schema: remediationSchema } },
    errors: ["remediation-unknown"],
  },
  undo: {
    summary: "Puts back what a remediation changed",
    body: undoSchema,
    answers: { 200: { meaning: "How each baseline stands then.", schema: settledSchema } },
    errors: [
      "body-invalid",
      "approval-by-changer",
      "undo-needs-setting",
      "undo-not-possible",
      "undo-changed-since",
      ...aboutRemediation,
    ],
  },
  approve: {
    summary: "Lets a proposed fix be made",
    body: rulingSchema,
    answers: { 200: { meaning: "How each baseline stands then.", schema: settledSchema } },
    errors: [
      "body-invalid",
      "approval-by-changer",
      "changer-unknown",
      "proposal-changed",
      "resource-not-judged",
      ...aboutRemediation,
    ],
  },
  reject: {
    summary: "Has a resource left alone instead",
    body: rulingSchema,
    answers: { 200: { meaning: "How each baseline stands then.", schema: settledSchema } },
    errors: [
      "body-invalid",
      "approval-by-changer",
      "changer-unknown",
      "proposal-changed",
      "resource-not-judged",
      ...aboutRemediation,
    ],
  },
  exemptions: {
    summary: "What is exempt, and was",
    query: exemptionsQuerySchema,
    answers: { 200: { meaning: "A page of exemptions, newest first.", schema: exemptionsSchema } },
    errors: ["query-invalid"],
  },
  exempt: {
    summary: "Exempts a scope from a baseline until a date",
    body: grantSchema,
    answers: { 201: { meaning: "The exemption.", schema: exemptionSchema } },
    errors: ["body-invalid", "approval-by-changer", "changer-unknown", "out-of-scope", "scopes-unknown"],
  },
  "exemption-end": {
    summary: "Ends an exemption early",
    answers: { 200: { meaning: "The exemption, as it ended.", schema: exemptionSchema } },
    errors: ["exemption-unknown", "exemption-over"],
  },
  explain: {
    summary: "Why a resource is treated as it is, and what would happen now",
    query: explainQuerySchema,
    answers: { 200: { meaning: "Who decides, baseline by baseline.", schema: explanationSchema } },
    errors: ["query-invalid", "resource-busy", ...aboutResource],
  },
  "close-breaker": {
    summary: "Lets a contested baseline be fixed again",
    body: closeSchema,
    answers: { 200: { meaning: "How each baseline stands then.", schema: settledSchema } },
    errors: ["body-invalid", "breaker-not-open", "resource-busy", ...aboutResource],
  },
  stop: {
    summary: "Stops all writes to Azure",
    body: switchSchema,
    answers: { 200: { meaning: "They are stopped.", schema: switchedSchema } },
    errors: ["body-invalid"],
  },
  resume: {
    summary: "Lets writes go on",
    body: switchSchema,
    answers: { 200: { meaning: "They go on, unless a setting stops them.", schema: switchedSchema } },
    errors: ["body-invalid"],
  },
  replay: {
    summary: "Puts back to work what is kept because it failed for good",
    answers: { 200: { meaning: "How many were put back, and how many stay.", schema: replayedSchema } },
    errors: ["event-not-kept"],
  },
  journal: {
    summary: "Whether the journal was altered, as last verified",
    answers: { 200: { meaning: "How it was found.", schema: journalStandingSchema } },
    errors: [],
  },
  openapi: {
    summary: "This document",
    answers: { 200: { meaning: "OpenAPI 3.1.", schema: z.looseObject({ openapi: z.literal("3.1.0") }) } },
    errors: [],
  },
};
