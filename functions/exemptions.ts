import { app } from "@azure/functions";
import { guarded } from "../shared/doors/guarded.ts";

app.http(
  "exemptions",
  guarded("exemptions", async (request, _caller, context) =>
    (await import("../shared/doors/exemptions.ts")).listExemptions(request.query, context),
  ),
);
