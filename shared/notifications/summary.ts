import type { News } from "./news.ts";
import type { NotificationKind } from "./notification.ts";

const sentences: Record<NotificationKind, string> = {
  Remediated: "Fixed and proven",
  AwaitingApproval: "Waits for approval",
  Blocked: "Blocked by Azure",
  Contested: "Set back again and again, left alone now",
  Reverted: "Put back, since it broke something",
  Capped: "Waits, since writes are capped or stopped",
  ExemptionEnding: "An exemption ends soon",
  PolicyFellBack: "The policy file was refused",
  MissedEvent: "Changed without an event",
  ForeignUse: "Changed by this service's identity, but not by this service",
};

const mostNamed = 3;

/** One line about what happened, e.g. for a chat or a mail. It can be shown as HTML as it is. Pure. */
export function summaryOf(kind: NotificationKind, news: readonly News[]): string {
  const told = news.slice(0, mostNamed).map(inWords);
  const more = news.length > mostNamed ? ` and ${news.length - mostNamed} more` : "";
  return escaped(`${sentences[kind]}: ${told.join(", ")}${more}.`);
}

function inWords({ subject, resource, exemption, policy }: News): string {
  if (exemption) return `${nameOf(subject)} (${exemption.baseline}) on ${exemption.until}, owner ${exemption.owner}`;
  if (policy) return `${policy.source}, ${policy.holds ? "the version before holds on" : "all is audit"}`;
  if (!resource) return nameOf(subject);
  const baselines = resource.baselines.map(({ baseline }) => baseline);
  return `${nameOf(subject)} (${baselines.join(", ")})`;
}

/** A scope of the policy file may be no id. */
function nameOf(resourceId: string): string {
  if (!resourceId.startsWith("/")) return resourceId;
  return resourceId.slice(resourceId.lastIndexOf("/") + 1);
}

/** What a page or a terminal could take for more than text is made harmless. */
function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;")
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "\uFFFD");
}
