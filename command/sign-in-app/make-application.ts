import { CodedError } from "../../shared/errors.ts";
import type { JsonObject } from "../../shared/json.ts";
import { codesOf, type Graph, type GraphAnswer, isConflict, saidBy } from "./graph.ts";
import { type Step, stepOf } from "./step.ts";
import {
  type Application,
  applicationSchema,
  basicChange,
  basicParts,
  furtherChange,
  furtherParts,
  type Part,
} from "./wanted.ts";

/** What the application is to be. */
export interface Wanted {
  /** By which it is found again; Microsoft Graph has one application of a unique name, and never changes it. */
  uniqueName: string;
  /** What people read; of an application that is there it stays. */
  displayName: string;
  /** Tokens for it are given to the Azure CLI without anybody's consent. */
  letsAzureCliIn: boolean;
  /** Nothing is written. */
  dryRun: boolean;
}

/** How the directory is written. */
export interface Surface {
  graph: Graph;
  wait(milliseconds: number): Promise<void>;
}

const pauseMilliseconds = 5000;
/** A minute, by when Entra's copies have followed each other. */
const mostTries = 12;

/**
 * Makes the application of a unique name, or adds to it what it lacks, and reads it again. Nothing that it has is taken away: its roles
 * keep their ids, by which they are assigned. Whoever else has an application of that display name keeps it as it is.
 * @param steps what was done is added here, also where a later request is refused.
 * @returns the application; nothing where it is not there, which a dry run leaves so.
 */
export async function makeApplication(
  surface: Surface,
  wanted: Wanted,
  steps: Step[],
): Promise<Application | undefined> {
  const { dryRun, letsAzureCliIn, uniqueName } = wanted;
  const found = await applicationOf(surface.graph, uniqueName);
  const basic = basicParts(found);
  const change = basicChange(found);
  if (change && !dryRun) await writeBasics(surface, wanted, found, change);
  const isNew = found === undefined;
  const did = !isNew ? "unchanged" : dryRun ? "would be made" : "made";
  steps.push({ what: "application", name: uniqueName, did }, ...basic.map((part) => stepOf(part, dryRun)));
  const made = change && !dryRun ? await settled(surface, uniqueName, basicParts) : found;

  const further = furtherParts(made, letsAzureCliIn);
  const furtherBody = made && furtherChange(made, letsAzureCliIn);
  const isWritten = made !== undefined && furtherBody !== undefined && !dryRun;
  if (isWritten) await write(surface, "PATCH", `applications/${made.id}`, furtherBody);
  steps.push(...further.map((part) => stepOf(part, dryRun)));
  return isWritten ? await settled(surface, uniqueName, (each) => furtherParts(each, letsAzureCliIn)) : made;
}

/** Writes once more, for a while, where Microsoft Graph does not know yet what was just made. Throws `azure-refused`. */
export async function write(
  { graph, wait }: Surface,
  method: "POST" | "PATCH",
  path: string,
  body: JsonObject,
): Promise<GraphAnswer> {
  for (let tries = 1; ; tries += 1) {
    const answer = await graph.ask(method, path, body);
    if (answer.status < 400) return answer;
    if (!isNotKnownYet(answer) || tries === mostTries) throw refused(answer);
    await wait(pauseMilliseconds);
  }
}

/** What a refusal of Microsoft Graph is told as, with what to do where that is known. */
export function refused(answer: GraphAnswer): CodedError {
  return new CodedError("azure-refused", `Microsoft Graph: ${saidBy(answer)}${adviceFor(answer)}`);
}

async function applicationOf(graph: Graph, uniqueName: string): Promise<Application | undefined> {
  const answer = await graph.ask("GET", `applications(uniqueName='${uniqueName}')`);
  if (answer.status === 404) return undefined;
  if (answer.status !== 200) throw refused(answer);
  const parsed = applicationSchema.safeParse(answer.body);
  if (parsed.success) return parsed.data;
  throw new CodedError("answer-unexpected", "Microsoft Graph shows an application in a shape that is not known here.");
}

async function writeBasics(
  surface: Surface,
  { uniqueName, displayName }: Wanted,
  found: Application | undefined,
  change: JsonObject,
): Promise<void> {
  if (found) {
    await write(surface, "PATCH", `applications/${found.id}`, change);
    return;
  }
  // Docs: "Upsert application". Two who make it at once make one.
  const path = `applications(uniqueName='${uniqueName}')`;
  const body = { displayName, signInAudience: "AzureADMyOrg", ...change };
  const answer = await surface.graph.ask("PATCH", path, body, "create-if-missing");
  if (answer.status >= 400) throw refused(answer);
}

/** Read until it shows what was written. Throws an Error where it does not within a minute. */
async function settled(
  { graph, wait }: Surface,
  uniqueName: string,
  partsOf: (application: Application) => Part[],
): Promise<Application> {
  for (let looks = 1; ; looks += 1) {
    const application = await applicationOf(graph, uniqueName);
    if (application && partsOf(application).every(({ state }) => state === "there" || state === "kept")) {
      return application;
    }
    if (looks === mostTries)
      throw new Error("It still reads otherwise than it was written: run the command again later.");
    await wait(pauseMilliseconds);
  }
}

function isNotKnownYet(answer: GraphAnswer): boolean {
  return answer.status === 404 || codesOf(answer).includes("NoBackingApplicationObject");
}

function adviceFor(answer: GraphAnswer): string {
  if (answer.status === 403) {
    return " Let somebody run it who has the role Application Administrator or Cloud Application Administrator in the directory, or an identity with the permission Application.ReadWrite.All; or give ENTRA_CLIENT_ID of an application that they made by hand: docs/deployment.md, Sign-in.";
  }
  if (isConflict(answer)) {
    return " One of that name was deleted, and keeps it for 30 days: restore it, or delete it for good, among the deleted applications of App registrations in the Microsoft Entra admin center.";
  }
  return "";
}
