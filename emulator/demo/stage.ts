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
    const farBefore = step.farEnd === undefined ? {} : await readResource(stage.armAs(step.by), step.farEnd);
    const before = await change(stage, step, id);
    let judged = await judgment(stage, step, id, sent);
    if (step.isTakenBack) {
      tell(stage, id, judged, sent, resourceInWords(await readResource(stage.armAs(step.by), id)));
      judged = await logged(stage, id, ({ outcome }) => outcome === "reverted");
    }
    tell(stage, id, judged, sent, await shownAtEnd(stage, step, id));
    played.push({ step, id, before, milliseconds: judged.at - sent });
    if (step.farEnd !== undefined) {
      const { request: _ofTheNearEnd, ...rest } = step;
      const farStep = { ...rest, expected: {}, resources: [step.farEnd] };
      played.push({ step: farStep, id: step.farEnd, before: farBefore, milliseconds: judged.at - sent });
    }
  }
  return played;
}

function tell(stage: Stage, id: string, { standings, at }: Ended, sent: number, shown: string | undefined): void {
  for (const { outcome, text } of judgmentInWords(standings, at - sent, shown)) {
    stage.timeline.tell({ ...stage.watch.nameOf(id), text, paint: paintOf(stage.style, outcome) });
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
      if (judged.standings.every(({ outcome }) => isGood(outcome))) fixed += 1;
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
  const standings = await recheck(stage, id);
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
    const standings = await recheck(stage, id);
    if (standings.every(({ outcome }) => isEnd(outcome))) return { at: Date.now(), standings };
  }
  return await logged(stage, id, ({ at, outcome }) => at >= since && isEnd(outcome));
}

async function logged(stage: Stage, id: string, isIt: (judgment: Judgment) => boolean): Promise<Ended> {
  const found = () => stage.watch.judgments(id).find(isIt);
  await until(`the service's judgment of ${stage.watch.nameOf(id).resource}`, () => found() !== undefined, {
    milliseconds: patience,
    signal: stage.signal,
  });
  return found() ?? { at: Date.now(), standings: [] };
}

async function recheck({ service }: Stage, resourceId: string): Promise<BaselineStanding[]> {
  const { status, body } = await service.post("recheck", { resourceId });
  if (status === 200) return standingsIn(body);
  throw new Error(`The re-check of ${resourceId} was answered with ${status}: ${JSON.stringify(body)}`);
}
