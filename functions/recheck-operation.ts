import { app } from "@azure/functions";

app.http("recheck-operation", {
  methods: ["GET"],
  authLevel: "function",
  route: "recheck/{operationId}",
  handler: async (request, context) =>
    (await import("../shared/doors/recheck.ts")).recheckOperation(request.params.operationId ?? "", context),
});
