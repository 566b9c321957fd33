import { app } from "@azure/functions";

app.http("close-breaker", {
  methods: ["POST"],
  authLevel: "function",
  handler: async (request, context) =>
    (await import("../shared/doors/close-breaker.ts")).closeBreaker(await request.text(), request.headers, context),
});
