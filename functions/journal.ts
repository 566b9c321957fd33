import { app } from "@azure/functions";

app.http("journal", {
  methods: ["GET"],
  authLevel: "function",
  handler: async (_request, context) => (await import("../shared/doors/journal.ts")).journalStanding(context),
});
