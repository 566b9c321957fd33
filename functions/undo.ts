import { app } from "@azure/functions";
import { undoRemediation } from "../shared/doors/undo.ts";

app.http("undo", {
  methods: ["POST"],
  authLevel: "function",
  route: "remediations/{id}/undo",
  handler: async (request, context) =>
    undoRemediation(request.params.id ?? "", await request.text(), "function key", context),
});
