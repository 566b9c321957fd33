import { app } from "@azure/functions";

app.timer("journal-heads", {
  schedule: "0 */10 * * * *",
  handler: async (_timer, context) => (await import("../shared/doors/journal.ts")).logChainHeads(context),
});
