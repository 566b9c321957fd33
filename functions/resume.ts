import { app } from "@azure/functions";
import { guarded } from "../shared/doors/guarded.ts";

app.http(
  "resume",
  guarded("resume", async (request, caller, context) =>
    (await import("../shared/doors/stop-switch.ts")).resume(await request.text(), caller, context),
  ),
);
