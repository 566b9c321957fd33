import { app } from "@azure/functions";
import { guarded } from "../shared/doors/guarded.ts";

app.http(
  "health",
  guarded("health", async (_request, _caller, context) => (await import("../shared/doors/health.ts")).health(context)),
);
