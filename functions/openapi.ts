import { app } from "@azure/functions";
import { guarded } from "../shared/doors/guarded.ts";

app.http(
  "openapi",
  guarded("openapi", async (_request, _caller, context) =>
    (await import("../shared/doors/openapi.ts")).openApi(context),
  ),
);
