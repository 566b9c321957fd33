import { app } from "@azure/functions";
import { guarded } from "../shared/doors/guarded.ts";

app.http(
  "close-breaker",
  guarded("close-breaker", async (request, caller, context) =>
    (await import("../shared/doors/close-breaker.ts")).closeBreaker(await request.text(), caller, context),
  ),
);
