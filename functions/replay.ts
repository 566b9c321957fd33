import { app } from "@azure/functions";
import { replay } from "../shared/doors/replay.ts";

app.http("replay", {
  methods: ["POST"],
  authLevel: "function",
  handler: (_request, context) => replay(context),
});
