import { app } from "@azure/functions";

app.storageQueue("queued-event", {
  queueName: "events",
  connection: "AzureWebJobsStorage",
  handler: async (message, context) => (await import("../shared/doors/take-event.ts")).takeEvent(message, context),
});
