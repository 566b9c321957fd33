import { app } from "@azure/functions";

app.timer("clean-up", {
  schedule: "0 0 3 * * *",
  handler: async (_timer, context) => (await import("../shared/doors/clean-up.ts")).cleanUp(context),
});
