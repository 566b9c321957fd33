import { app } from "@azure/functions";
import { recheck } from "../shared/doors/recheck.ts";

app.http("recheck", {
  methods: ["POST"],
  authLevel: "function",
  handler: async (request, context) => recheck(await request.text(), "function key", context),
});
