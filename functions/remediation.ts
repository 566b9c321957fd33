import { app } from "@azure/functions";
import { readRemediation } from "../shared/doors/remediations.ts";

app.http("remediation", {
  methods: ["GET"],
  authLevel: "function",
  route: "remediations/{id}",
  handler: (request, context) => readRemediation(request.params.id ?? "", context),
});
