import { app } from "@azure/functions";
import { guarded } from "../shared/doors/guarded.ts";

app.http(
  "replay",
  guarded("replay", async (_request, _caller, context) => (await import("../shared/doors/replay.ts")).replay(context)),
);
