import { app } from "@azure/functions";
import { guarded } from "../shared/doors/guarded.ts";

app.http(
  "reject",
  guarded("reject", async (request, caller, context) =>
    (await import("../shared/doors/approval.ts")).rejectRemediation(
      request.params.id ?? "",
      await request.text(),
      caller,
      context,
    ),
  ),
);
