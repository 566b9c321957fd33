/** What somebody may be allowed to do, as app roles of Microsoft Entra. docs/http.md says which route needs which. */
export const roles = ["Reader", "Operator", "Approver", "Admin"] as const;

/** See {@link roles}. */
export type Role = (typeof roles)[number];

/** Who calls, as found out before a door is called; nothing of it is what the caller says of itself. */
export interface Caller {
  kind: "person" | "service principal" | "function key";
  /** In Microsoft Entra, lower case. A function key names nobody. */
  objectId?: string;
  roles: ReadonlySet<Role>;
}

/** What the journal shows of a caller: the object id, or "function key". */
export function callerName({ objectId }: Caller): string {
  return objectId ?? "function key";
}

/** The roles among the names that a token or a header gives; names that are no role here are nothing. */
export function rolesIn(names: readonly string[]): ReadonlySet<Role> {
  return new Set(roles.filter((role) => names.includes(role)));
}

/** Who asked, for a cause: the object id or "function key", and the roles it was asked with. */
export function askedBy(caller: Caller): { askedBy: string; askedAs: string } {
  return { askedBy: callerName(caller), askedAs: [...caller.roles].join(", ") };
}

/** Whether a caller has a role, by itself or by one that includes it: each role includes Reader, and Admin all. */
export function hasRole({ roles: given }: Caller, role: Role): boolean {
  return given.has(role) || given.has("Admin") || (role === "Reader" && given.size > 0);
}
