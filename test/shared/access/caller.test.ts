import { describe, expect, test } from "vitest";
import { type Caller, callerName, hasRole, type Role, roles } from "../../../shared/access/caller.ts";

function caller(...given: Role[]): Caller {
  return { kind: "person", objectId: "c0000000-0000-4000-8000-000000000001", roles: new Set(given) };
}

describe("a caller", () => {
  test("is named by the object id, and a function key, which is nobody's, as what it is", () => {
    expect(callerName(caller("Reader"))).toBe("c0000000-0000-4000-8000-000000000001");
    expect(callerName({ kind: "function key", roles: new Set() })).toBe("function key");
  });

  test.each<[Role, Role[]]>([
    ["Reader", ["Reader"]],
    ["Operator", ["Reader", "Operator"]],
    ["Approver", ["Reader", "Approver"]],
    ["Admin", ["Reader", "Operator", "Approver", "Admin"]],
  ])("with the role %s has the roles %j, and no other", (given, expected) => {
    expect(roles.filter((role) => hasRole(caller(given), role))).toEqual(expected);
  });

  test("without a role has none", () => {
    expect(roles.filter((role) => hasRole(caller(), role))).toEqual([]);
  });
});
