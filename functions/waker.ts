import { app } from "@azure/functions";

app.timer("waker", {
  schedule: "0 * * * * *",
  handler: async (_timer, context) => (await import("../shared/doors/wake.ts")).wake(context),
});
