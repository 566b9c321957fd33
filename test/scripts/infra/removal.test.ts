import { expect, test } from "vitest";
import { inItsCloud } from "../../../scripts/infra/removal.ts";

test.each([
  ["the deployment's own cloud, whatever CLOUD says", { GUARD_CLOUD: "china", CLOUD: "usgovernment" }, "china"],
  ["the cloud of CLOUD where azd knows of none", { CLOUD: "usgovernment" }, "usgovernment"],
  ["the public cloud where nothing is said", {}, "public"],
])("a removal asks %s", (_, environment, cloud) => {
  expect(inItsCloud({ AZURE_ENV_NAME: "production", ...environment })).toEqual({
    AZURE_ENV_NAME: "production",
    ...environment,
    CLOUD: cloud,
  });
});
