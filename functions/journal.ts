import { app } from "@azure/functions";
import { journalStanding } from "../shared/doors/journal.ts";

app.http("journal", {
  methods: ["GET"],
  authLevel: "function",
  handler: (_request, context) => journalStanding(context),
});
