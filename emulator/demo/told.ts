import type { ReceivedNotification } from "../notifications/receiver.ts";
import type { Played, Stage } from "./stage.ts";
import { until } from "./until.ts";

const toldWithin = 20_000;
const mostShown = 3;

/** Waits until each fix was told to who subscribed to notifications. Gives what they were told. */
export async function awaitTold(
  { azure, service, signal }: Stage,
  played: readonly Played[],
): Promise<readonly ReceivedNotification[]> {
  const { received } = azure.receiver;
  const fixed = played.filter(({ step }) => Object.values(step.expected).includes("remediated")).map(({ id }) => id);
  const areTold = async (): Promise<boolean> => {
    if (fixed.every((id) => received.some((notification) => isFixOf(notification, id)))) return true;
    if (azure.functions.statistics.inFlight === 0) await service.fire("notify");
    return false;
  };
  await until("each fix to be told to who subscribed", areTold, { milliseconds: toldWithin, signal });
  return received;
}

/** How many were told of which kind, and the first few as they would stand in a chat. */
export function toldLines(received: readonly ReceivedNotification[]): [name: string, text: string][] {
  const kinds = [...new Set(received.map(kindOf))];
  const counts = kinds.map((kind) => `${received.filter((each) => kindOf(each) === kind).length} ${kind}`).join(", ");
  const shown = kinds.flatMap((kind) => received.find((each) => kindOf(each) === kind) ?? []).slice(0, mostShown);
  return [["Notifications", counts], ...shown.map(({ data }): [string, string] => ["", data.summary])];
}

function kindOf({ type }: ReceivedNotification): string {
  return type.slice(type.indexOf(".") + 1);
}

function isFixOf({ type, data }: ReceivedNotification, id: string): boolean {
  return type.endsWith(".Remediated") && JSON.stringify(data).toLowerCase().includes(`"${id.toLowerCase()}"`);
}
