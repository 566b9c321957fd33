import { app } from "@azure/functions";

app.http("explain", {
  methods: ["GET"],
  authLevel: "function",
  handler: async (request, context) =>
    (await import("../shared/doors/explain.ts")).explainResource(request.query, request.headers, context),
});
