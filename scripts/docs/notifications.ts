import * as z from "zod";
import { outcomeOf } from "../../shared/notifications/news.ts";
import {
  kindsOfNotifications,
  notificationDataSchema,
  notificationKinds,
  typePrefix,
} from "../../shared/notifications/notification.ts";
import { table } from "./markdown.ts";

/** The table of docs/notifications.md. */
export function renderNotificationKinds(): string {
  const rows = kindsOfNotifications.map((kind) => [
    `\`${typePrefix}${kind}\``,
    notificationKinds[kind],
    outcomeOf(kind) === undefined ? "" : `\`${outcomeOf(kind)}\``,
  ]);
  return table(["Type", "Told when", "Outcome"], rows);
}

/** docs/notification.schema.json: JSON Schema of what a notification holds as `data`. */
export function renderNotificationSchema(): string {
  const schema = z.toJSONSchema(notificationDataSchema, { io: "output" });
  return `${JSON.stringify({ title: "The data of a notification of Azure Encryption Guard", ...schema }, undefined, 2)}\n`;
}
