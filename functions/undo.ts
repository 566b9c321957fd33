import { app } from "@azure/functions";
import { guarded } from "../shared/doors/guarded.ts";

app.http(
  "undo",
  guarded("undo", async (request, caller, context) =>
    (await import("../shared/doors/undo.ts")).undoRemediation(
      request.params.id ?? "",
      await request.text(),
      caller,
      context,
    ),
  ),
);
