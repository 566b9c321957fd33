import { app } from "@azure/functions";
import { guarded } from "../shared/doors/guarded.ts";

app.http(
  "explain",
  guarded("explain", async (request, caller, context) =>
    (await import("../shared/doors/explain.ts")).explainResource(request.query, caller, context),
  ),
);
