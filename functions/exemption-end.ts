import { app } from "@azure/functions";
import { guarded } from "../shared/doors/guarded.ts";

app.http(
  "exemption-end",
  guarded("exemption-end", async (request, caller, context) =>
    (await import("../shared/doors/exemptions.ts")).endExemption(request.params.id ?? "", caller, context),
  ),
);
