import { app } from "@azure/functions";
import { verifyJournalNightly } from "../shared/doors/journal.ts";

app.timer("journal-verify", {
  schedule: "0 30 2 * * *",
  handler: (_timer, context) => verifyJournalNightly(context),
});
