import { app } from "@azure/functions";
import { guarded } from "../shared/doors/guarded.ts";

app.http(
  "stop",
  guarded("stop", async (request, caller, context) =>
    (await import("../shared/doors/stop-switch.ts")).stop(await request.text(), caller, context),
  ),
);
