import { app } from "@azure/functions";

app.http("health", {
  methods: ["GET"],
  authLevel: "function",
  handler: async (_request, context) => (await import("../shared/doors/health.ts")).health(context),
});
