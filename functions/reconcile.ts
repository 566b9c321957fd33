import { app } from "@azure/functions";

app.storageQueue("reconcile", {
  queueName: "changes",
  connection: "AzureWebJobsStorage",
  handler: async (message, context) =>
    (await import("../shared/doors/handle-change.ts")).handleChange(message, context),
});
