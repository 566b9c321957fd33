import { app } from "@azure/functions";

app.http("recheck", {
  methods: ["POST"],
  authLevel: "function",
  handler: async (request, context) =>
    (await import("../shared/doors/recheck.ts")).recheck(await request.text(), request.headers, context),
});
