import { app } from "@azure/functions";

app.http("remediations", {
  methods: ["GET"],
  authLevel: "function",
  handler: async (request, context) =>
    (await import("../shared/doors/remediations.ts")).listRemediations(request.query, context),
});
