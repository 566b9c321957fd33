import { app } from "@azure/functions";
import { guarded } from "../shared/doors/guarded.ts";

app.http(
  "remediation",
  guarded("remediation", async (request, _caller, context) =>
    (await import("../shared/doors/remediations.ts")).readRemediation(request.params.id ?? "", context),
  ),
);
