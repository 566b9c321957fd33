import type { JsonObject } from "../arm/json.ts";
import type { LocalAzure } from "../local-azure.ts";
import type { ArmClient, ServiceClient } from "./clients.ts";
import type { Step } from "./scenario.ts";
import { type BaselineStanding, standingsIn } from "./service-log.ts";
import type { Style } from "./style.ts";
import { isEnd, isGood, judgmentInWords, paintOf } from "./tell.ts";
import type { Timeline } from "./timeline.ts";
import { until } from "./until.ts";
import type { Watch } from "./watch.ts";
import { seconds, shortName } from "./words.ts";

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

/** What became of one account in a step. */
export interface Played {
  step: Step;
  id: string;
  /** The account as it was after the change, before the service did anything. */
  before: JsonObject;
  /** From the moment that the change was sent to the end of the service's judgment. */
  milliseconds: number;
}

export const storageVersion = "2023-05-01";
/** Event Grid may hold an event back for 5 s, and a message that failed once comes back after 30 s. */
const patience = 40_000;
/** More accounts than this are told of as one. */
const tellEach = 3;

/** Plays one step: somebody changes accounts; then the service is waited for. Gives what became of each account. */
export async function playStep(stage: Stage, step: Step): Promise<Played[]> {
  return step.accounts.length > tellEach ? await playBurst(stage, step) : await playOneByOne(stage, step);
}

async function playOneByOne(stage: Stage, step: Step): Promise<Played[]> {
  const played: Played[] = [];
  for (const id of step.accounts) {
    const sent = Date.now();
    stage.timeline.tell({
      ...stage.watch.nameOf(id),
      text: `${shortName(step.by)} ${step.does}`,
      paint: stage.style.bold,
    });
    stage.watch.tellOf(id);
    const before = await change(stage, step, id);
    const judged = await judgment(stage, step, id, sent);
    for (const { outcome, text } of judgmentInWords(judged.standings, judged.at - sent)) {
      stage.timeline.tell({ ...stage.watch.nameOf(id), text, paint: paintOf(stage.style, outcome) });
    }
    played.push({ step, id, before, milliseconds: judged.at - sent });
  }
  return played;
}

async function playBurst(stage: Stage, step: Step): Promise<Played[]> {
  const { timeline, style, watch } = stage;
  const total = step.accounts.length;
  const where = { line: watch.nameOf(step.accounts[0] ?? "").line, resource: `${total} accounts` };
  timeline.tell({ ...where, text: `${shortName(step.by)} ${step.does}`, paint: style.bold });
  let fixed = 0;
  const played = await Promise.all(
    step.accounts.map(async (id) => {
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

/** Sends the step's change as its person. Gives the account as it is then. */
async function change(stage: Stage, { by, request }: Step, id: string): Promise<JsonObject> {
  const arm = stage.armAs(by);
  if (request) {
    const answer = await arm.send(request.method, `${id}${request.below ?? ""}`, request.apiVersion, request.body);
    if (answer.status >= 300) throw new Error(`${by} was refused: ${JSON.stringify(answer.body)}`);
    if (request.below === undefined && "properties" in answer.body) return answer.body;
  }
  // A new account is answered without a body, and is read while Azure still makes it.
  return (await arm.send("GET", id, storageVersion)).body;
}

/** What the service makes of it: as its log tells after an event, or as it answers who asks. */
async function judgment(stage: Stage, { asks }: Step, id: string, since: number): Promise<Ended> {
  if (asks) {
    const { status, body } = await stage.service.post("recheck", { resourceId: id, dryRun: asks === "dry run" });
    if (status !== 200) throw new Error(`The ${asks} of ${id} was answered with ${status}: ${JSON.stringify(body)}`);
    return { at: Date.now(), standings: standingsIn(body) };
  }
  const found = () => stage.watch.judgments(id).find(({ at, outcome }) => at >= since && isEnd(outcome));
  await until(`the service's judgment of ${stage.watch.nameOf(id).resource}`, () => found() !== undefined, {
    milliseconds: patience,
    signal: stage.signal,
  });
  return found() ?? { at: since, standings: [] };
}
