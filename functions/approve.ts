import { app } from "@azure/functions";
import { guarded } from "../shared/doors/guarded.ts";

app.http(
  "approve",
  guarded("approve", async (request, caller, context) =>
    (await import("../shared/doors/approval.ts")).approveRemediation(
      request.params.id ?? "",
      await request.text(),
      caller,
      context,
    ),
  ),
);
