import { app } from "@azure/functions";

app.timer("sweep", {
  schedule: process.env.SWEEP_SCHEDULE ?? "0 0 * * * *",
  handler: async (_timer, context) => (await import("../shared/doors/sweep.ts")).startSweep(context),
});
