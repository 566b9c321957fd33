import { app } from "@azure/functions";
import { takeEvent } from "../shared/doors/take-event.ts";

app.eventGrid("resource-changed", {
  handler: (event, context) => takeEvent(event, context),
});
