import { app } from "@azure/functions";

app.timer("journal-verify", {
  schedule: "0 30 2 * * *",
  handler: async (_timer, context) => (await import("../shared/doors/journal.ts")).verifyJournalNightly(context),
});
