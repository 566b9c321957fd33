import { app } from "@azure/functions";
import { recheckOperation } from "../shared/doors/recheck.ts";

app.http("recheck-operation", {
  methods: ["GET"],
  authLevel: "function",
  route: "recheck/{operationId}",
  handler: (request, context) => recheckOperation(request.params.operationId ?? "", context),
});
