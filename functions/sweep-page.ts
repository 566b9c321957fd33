import { app } from "@azure/functions";

app.storageQueue("sweep-page", {
  queueName: "sweeps",
  connection: "AzureWebJobsStorage",
  handler: async (message, context) => (await import("../shared/doors/sweep.ts")).handleSweepPage(message, context),
});
