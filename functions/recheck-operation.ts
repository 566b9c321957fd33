import { app } from "@azure/functions";
import { guarded } from "../shared/doors/guarded.ts";

app.http(
  "recheck-operation",
  guarded("recheck-operation", async (request, _caller, context) =>
    (await import("../shared/doors/recheck.ts")).recheckOperation(request.params.operationId ?? "", context),
  ),
);
