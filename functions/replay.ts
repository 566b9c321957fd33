import { app } from "@azure/functions";

app.http("replay", {
  methods: ["POST"],
  authLevel: "function",
  handler: async (_request, context) => (await import("../shared/doors/replay.ts")).replay(context),
});
