import { app } from "@azure/functions";
import { guarded } from "../shared/doors/guarded.ts";

app.http(
  "recheck",
  guarded("recheck", async (request, caller, context) =>
    (await import("../shared/doors/recheck.ts")).recheck(await request.text(), caller, context),
  ),
);
