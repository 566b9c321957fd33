import { app } from "@azure/functions";

app.http("remediation", {
  methods: ["GET"],
  authLevel: "function",
  route: "remediations/{id}",
  handler: async (request, context) =>
    (await import("../shared/doors/remediations.ts")).readRemediation(request.params.id ?? "", context),
});
