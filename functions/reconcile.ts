import { app } from "@azure/functions";
import { handleChange } from "../shared/doors/handle-change.ts";

app.storageQueue("reconcile", {
  queueName: "changes",
  connection: "AzureWebJobsStorage",
  handler: (message, context) => handleChange(message, context),
});
