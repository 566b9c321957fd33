import { app } from "@azure/functions";

app.timer("notify", {
  schedule: "*/15 * * * * *",
  handler: async (_timer, context) => (await import("../shared/doors/notify.ts")).notifyTopic(context),
});
