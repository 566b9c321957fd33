import { type JsonObject, objectAt } from "../arm/json.ts";
import type { LocalAzure } from "../local-azure.ts";
import type { ArmClient, ServiceClient } from "./clients.ts";
import { encryptionPath, readResource, withProperties } from "./resources.ts";
import type { Step } from "./scenario.ts";
import { type BaselineStanding, standingsIn } from "./service-log.ts";
import { leftDifferences } from "./standings.ts";
import type { Style } from "./style.ts";
import { isEnd, isGood, judgmentInWords, paintOf } from "./tell.ts";
import type { Timeline } from "./timeline.ts";
import { until } from "./until.ts";
import type { Judgment, Watch } from "./watch.ts";
import { resourceInWords, seconds, shortName } from "./words.ts";

/** What playing the scenario works with. */
export interface Stage {
  azure: LocalAzure;
  style: Style;
  timeline: Timeline;
  watch: Watch;
  service: ServiceClient;
  armAs(name: string): ArmClient;
  signal: AbortSignal;
}

/** The end of a judgment. */
interface Ended {
  at: number;
  standings: readonly BaselineStanding[];
}

/** What became of one resource in a step. */
export interface Played {
  step: Step;
  id: string;
  /** The resource as it was after the change, before the service did anything. */
  before: JsonObject;
  /** From the moment that the change was sent to the end of the service's judgment. */
  milliseconds: number;
}

/** Event Grid may hold an event back for 5 s, and a message that failed once comes back after 30 s. */
const patience = 40_000;
/** More resources than this are told of as one. */
const tellEach = 3;

/** Plays one step: somebody changes resources; then the service is waited for. Gives what became of each. */
export async function playStep(stage: Stage, step: Step): Promise<Played[]> {
  return step.resources.length > tellEach ? await playBurst(stage, step) : await playOneByOne(stage, step);
}

async function playOneByOne(stage: Stage, step: Step): Promise<Played[]> {
  const played: Played[] = [];
  for (const id of step.resources) {
    if (step.isSeenBefore) await seeCompliant(stage, id);
    const sent = Date.now();
    stage.timeline.tell({
      ...stage.watch.nameOf(id),
      text: `${shortName(step.by)} ${step.does}`,
      paint: stage.style.bold,
    });
    stage.watch.tellOf(id);
    const before = await change(stage, step, id);
    let judged = await judgment(stage, step, id, sent);
    if (isPutBack(step) && isGoodEnd(judged)) {
      const meanwhile = resourceInWords(await readResource(stage.armAs(step.by), id));
      tellJudgment(stage, id, { judged, sent, shown: meanwhile });
      judged = await putBack(stage, id, judged.at);
    }
    tellJudgment(stage, id, { judged, sent, shown: await shownAtEnd(stage, step, id) });
    played.push({ step, id, before, milliseconds: judged.at - sent });
  }
  return played;
}

function isPutBack({ expected }: Step): boolean {
  return Object.values(expected).includes("reverted");
}

function isGoodEnd({ standings }: Ended): boolean {
  return standings.every(({ outcome }) => isGood(outcome));
}

function tellJudgment(
  { timeline, watch, style }: Stage,
  id: string,
  { judged, sent, shown }: { judged: Ended; sent: number; shown: string | undefined },
): void {
  for (const { outcome, text } of judgmentInWords(judged.standings, judged.at - sent, shown)) {
    timeline.tell({ ...watch.nameOf(id), text, paint: paintOf(style, outcome) });
  }
}

async function playBurst(stage: Stage, step: Step): Promise<Played[]> {
  const { timeline, style, watch } = stage;
  const total = step.resources.length;
  const where = { line: watch.nameOf(step.resources[0] ?? "").line, resource: `${total} accounts` };
  timeline.tell({ ...where, text: `${shortName(step.by)} ${step.does}`, paint: style.bold });
  let fixed = 0;
  const played = await Promise.all(
    step.resources.map(async (id) => {
      const sent = Date.now();
      const before = await change(stage, step, id);
      const judged = await judgment(stage, step, id, sent);
      if (isGoodEnd(judged)) fixed += 1;
      timeline.progress(fixed, total, "fixed, and proven");
      return { step, id, before, milliseconds: judged.at - sent };
    }),
  );
  timeline.endProgress();
  const slowest = Math.max(...played.map(({ milliseconds }) => milliseconds));
  const text = `${fixed} of ${total} fixed and proven, the last after ${seconds(slowest)}`;
  timeline.tell({ ...where, text, paint: fixed === total ? style.good : style.warn });
  return played;
}

/** The resource in words, once Azure shows of it what it shall: a tunnel takes a moment to come up. Undefined where nothing is named. */
async function shownAtEnd(stage: Stage, { by, leaves }: Step, id: string): Promise<string | undefined> {
  if (!leaves) return undefined;
  const { resource } = stage.watch.nameOf(id);
  let shown: JsonObject = {};
  const isShown = async (): Promise<boolean> => {
    shown = await readResource(stage.armAs(by), id);
    return leftDifferences(resource, leaves, shown).length === 0;
  };
  await until(`Azure to show ${resource} as expected`, isShown, { milliseconds: patience, signal: stage.signal });
  return resourceInWords(shown);
}

/** Has the service look at a resource, and tells of it. Rejects where that is not compliant. */
async function seeCompliant(stage: Stage, id: string): Promise<void> {
  const { timeline, watch, style } = stage;
  const standings = await recheck(stage, id, false);
  const unlike = standings.find(({ outcome }) => outcome !== "compliant");
  if (unlike) throw new Error(`${id} was to be compliant first, and is ${unlike.outcome}: ${unlike.reason}`);
  timeline.tell({ ...watch.nameOf(id), text: "looked at: compliant, and remembered", paint: style.dim });
}

/** Sends the step's change as its person. Gives the resource as it is then. */
async function change(stage: Stage, { by, request }: Step, id: string): Promise<JsonObject> {
  const arm = stage.armAs(by);
  if (!request) return await readResource(arm, id);
  const { method, below = "", apiVersion } = request;
  const body = typeof request.body === "function" ? request.body(await readResource(arm, id)) : request.body;
  const answer = await arm.send(method, `${id}${below}`, apiVersion, body);
  if (answer.status >= 300) throw new Error(`${by} was refused: ${JSON.stringify(answer.body)}`);
  if (below === "" && "properties" in answer.body) return answer.body;
  // A new account is answered without a body, and is read while Azure still makes it.
  const read = await readResource(arm, id);
  // Azure takes its time to decrypt: what was asked for is what the service finds.
  return below === encryptionPath ? withProperties(read, objectAt(body, "properties")) : read;
}

/** What the service makes of it: as its log tells after an event, or as it answers who asks. */
async function judgment(stage: Stage, { asks }: Step, id: string, since: number): Promise<Ended> {
  if (asks) {
    const standings = await recheck(stage, id, asks === "dry run");
    if (standings.every(({ outcome }) => isEnd(outcome))) return { at: Date.now(), standings };
  }
  return await firstJudgment(stage, id, "the service's judgment", ({ at, outcome }) => at >= since && isEnd(outcome));
}

/** What the service makes of a fix that it looks back at: the tunnel did not come up again. */
async function putBack(stage: Stage, id: string, fixedAt: number): Promise<Ended> {
  return await firstJudgment(
    stage,
    id,
    "the service's look back",
    ({ at, outcome }) => at > fixedAt && isEnd(outcome) && !isGood(outcome),
  );
}

/** The first judgment of a resource in the service's log that is wanted. */
async function firstJudgment(
  { watch, signal }: Stage,
  id: string,
  what: string,
  isWanted: (judgment: Judgment) => boolean,
): Promise<Ended> {
  const found = () => watch.judgments(id).find(isWanted);
  await until(`${what} of ${watch.nameOf(id).resource}`, () => found() !== undefined, {
    milliseconds: patience,
    signal,
  });
  return found() ?? { at: 0, standings: [] };
}

async function recheck({ service }: Stage, resourceId: string, dryRun: boolean): Promise<BaselineStanding[]> {
  const { status, body } = await service.post("recheck", { resourceId, dryRun });
  if (status === 200) return standingsIn(body);
  throw new Error(`The re-check of ${resourceId} was answered with ${status}: ${JSON.stringify(body)}`);
}
