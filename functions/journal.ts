import { app } from "@azure/functions";
import { guarded } from "../shared/doors/guarded.ts";

app.http(
  "journal",
  guarded("journal", async (_request, _caller, context) =>
    (await import("../shared/doors/journal.ts")).journalStanding(context),
  ),
);
