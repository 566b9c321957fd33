import { app } from "@azure/functions";
import { guarded } from "../shared/doors/guarded.ts";

app.http(
  "exempt",
  guarded("exempt", async (request, caller, context) =>
    (await import("../shared/doors/exemptions.ts")).grantExemption(await request.text(), caller, context),
  ),
);
