import { app } from "@azure/functions";
import { startSweep } from "../shared/doors/sweep.ts";

app.timer("sweep", {
  schedule: process.env.SWEEP_SCHEDULE ?? "0 0 * * * *",
  handler: (_timer, context) => startSweep(context),
});
