import { app } from "@azure/functions";
import { guarded } from "../shared/doors/guarded.ts";

app.http(
  "remediations",
  guarded("remediations", async (request, _caller, context) =>
    (await import("../shared/doors/remediations.ts")).listRemediations(request.query, context),
  ),
);
