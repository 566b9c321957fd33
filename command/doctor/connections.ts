import { connectionsOver, lookAtConnections, type SeenConnections } from "../../shared/sweep/connections.ts";
import { fine, type Line, warning } from "./line.ts";
import { eventGridVersion, type Look } from "./look.ts";

const about = "connections";
const mostNamed = 10;

/**
 * Which subscriptions in scope are not connected. What the last sweep found is looked at again, since somebody may have connected them
 * since then; what who asks may not see counts as the sweep found it.
 * @param seen as the service tells it; absent where no sweep has looked yet.
 */
export async function connections(
  { arm, app }: Pick<Look, "arm" | "app">,
  seen: SeenConnections | undefined,
): Promise<Line[]> {
  if (!seen) return [fine(about, "No sweep has looked yet which subscriptions are connected.")];
  const scopes = seen.notConnected.subscriptions.map((subscriptionId) => ({ subscriptionId }));
  const again = await lookAtConnections(
    connectionsOver((path) => arm.list(`${path}?${eventGridVersion}`), app),
    scopes,
  );
  const lost = [...again.notConnected, ...again.unknown.map(({ subscriptionId }) => subscriptionId)];
  const more = seen.notConnected.count - seen.notConnected.subscriptions.length;
  const lines: Line[] = [];
  if (lost.length + more > 0) lines.push(notConnected(lost, more, seen.at));
  if (seen.unknown.count > 0) lines.push(notShown(seen));
  return lines.length > 0 ? lines : [fine(about, "The events of every subscription in scope come to the service.")];
}

function notConnected(lost: readonly string[], more: number, at: string): Line {
  const found = `Not connected, as the sweep of ${at} found: ${named(lost, more)}. What changes there is found by the next sweep.`;
  return warning(about, found, `azure-encryption-guard connect --subscription ${lost[0] ?? "GUID"}, and so for each`);
}

function notShown({ unknown: { count, subscriptions } }: SeenConnections): Line {
  const ids = subscriptions.map(({ subscriptionId }) => subscriptionId);
  const [first] = subscriptions;
  const found = `Azure does not show the service whether these are connected: ${named(ids, count - ids.length)}. ${first?.reason ?? ""}`;
  return warning(
    about,
    found,
    "Assign its identity the role to look at the subscription there, as docs/connect.md says",
  );
}

function named(ids: readonly string[], more: number): string {
  const rest = Math.max(0, ids.length - mostNamed) + more;
  return [...ids.slice(0, mostNamed), ...(rest > 0 ? [`and ${rest} more`] : [])].join(", ");
}
