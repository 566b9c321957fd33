import { app } from "@azure/functions";
import { health } from "../shared/doors/health.ts";

app.http("health", {
  methods: ["GET"],
  authLevel: "function",
  handler: (_request, context) => health(context),
});
