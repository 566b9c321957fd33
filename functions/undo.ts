import { app } from "@azure/functions";

app.http("undo", {
  methods: ["POST"],
  authLevel: "function",
  route: "remediations/{id}/undo",
  handler: async (request, context) =>
    (await import("../shared/doors/undo.ts")).undoRemediation(
      request.params.id ?? "",
      await request.text(),
      request.headers,
      context,
    ),
});
