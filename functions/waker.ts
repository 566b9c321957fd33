import { app } from "@azure/functions";
import { wake } from "../shared/doors/wake.ts";

app.timer("waker", {
  schedule: "0 * * * * *",
  handler: (_timer, context) => wake(context),
});
