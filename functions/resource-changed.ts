import { app } from "@azure/functions";

app.eventGrid("resource-changed", {
  handler: async (event, context) => (await import("../shared/doors/take-event.ts")).takeEvent(event, context),
});
