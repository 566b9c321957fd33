import { app } from "@azure/functions";
import { logChainHeads } from "../shared/doors/journal.ts";

app.timer("journal-heads", {
  schedule: "0 */10 * * * *",
  handler: (_timer, context) => logChainHeads(context),
});
