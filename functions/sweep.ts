import { app } from "@azure/functions";
import { sweepSchedule } from "../shared/doors/sweep-schedule.ts";

app.timer("sweep", {
  schedule: sweepSchedule(process.env),
  handler: async (_timer, context) => (await import("../shared/doors/sweep.ts")).startSweep(context),
});
