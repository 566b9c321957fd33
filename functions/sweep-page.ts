import { app } from "@azure/functions";
import { handleSweepPage } from "../shared/doors/sweep.ts";

app.storageQueue("sweep-page", {
  queueName: "sweeps",
  connection: "AzureWebJobsStorage",
  handler: (message, context) => handleSweepPage(message, context),
});
