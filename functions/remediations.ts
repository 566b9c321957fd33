import { app } from "@azure/functions";
import { listRemediations } from "../shared/doors/remediations.ts";

app.http("remediations", {
  methods: ["GET"],
  authLevel: "function",
  handler: (request, context) => listRemediations(request.query, context),
});
