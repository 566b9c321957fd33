import { describe, expect, test } from "vitest";
import { callerOf } from "../../../shared/doors/caller.ts";

const objectId = "c0000000-0000-4000-8000-000000000001";

describe("who asks", () => {
  test("is the person that App Service authentication found out", () => {
    const headers = new Headers({ "x-ms-client-principal-id": objectId.toUpperCase() });

    expect(callerOf(headers, { WEBSITE_AUTH_ENABLED: "True" })).toBe(objectId);
  });

  test.each([
    ["while authentication is off", objectId, {}],
    ["where the header is no object id", "admin", { WEBSITE_AUTH_ENABLED: "true" }],
  ])("is only known by the key %s", (_when, header, environment) => {
    expect(callerOf(new Headers({ "x-ms-client-principal-id": header }), environment)).toBe("function key");
  });
});
