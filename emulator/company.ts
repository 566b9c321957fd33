import type { Subscription } from "./arm/index.ts";
import type { Principal } from "./identity/index.ts";

/** The directory that everybody here belongs to. */
export const tenantId = "72f988bf-0000-4000-8000-000000000001";

/** The acquired lines of the demo's cruise company. */
export const defaultSubscriptions: Subscription[] = [
  {
    subscriptionId: "a0000000-0000-4000-8000-000000000001",
    displayName: "Polaris Cruises",
    managementGroup: "cruises",
  },
  { subscriptionId: "a0000000-0000-4000-8000-000000000002", displayName: "Lagoon Lines", managementGroup: "cruises" },
  {
    subscriptionId: "a0000000-0000-4000-8000-000000000003",
    displayName: "Fjord Voyages",
    managementGroup: "expeditions",
    // As in a new subscription: nobody used events there yet.
    notRegistered: ["Microsoft.EventGrid"],
  },
];

/** Who the function app is. */
export const managedIdentity: Principal = {
  objectId: "b0000000-0000-4000-8000-000000000001",
  applicationId: "b0000000-0000-4000-8000-0000000000a1",
  name: "azure-encryption-guard",
  kind: "managedIdentity",
};

/** People who may change things; the first is who a shell's ACCESS_TOKEN speaks for. */
export const defaultPeople: Principal[] = [
  { objectId: "c0000000-0000-4000-8000-000000000001", name: "alex@polaris.example", kind: "user" },
  { objectId: "c0000000-0000-4000-8000-000000000002", name: "sam@lagoon.example", kind: "user" },
  {
    objectId: "c0000000-0000-4000-8000-000000000003",
    applicationId: "c0000000-0000-4000-8000-0000000000a3",
    name: "migration-pipeline",
    kind: "servicePrincipal",
  },
];

/** The app registration of the function app, to which its app roles belong. */
export const guardAudience = "api://b0000000-0000-4000-8000-0000000000b1";

/** People with app roles of the function app: the security team. */
export const securityTeam: Principal[] = [
  { objectId: "d0000000-0000-4000-8000-000000000001", name: "rita@polaris.example", kind: "user", roles: ["Reader"] },
  { objectId: "d0000000-0000-4000-8000-000000000002", name: "omar@polaris.example", kind: "user", roles: ["Operator"] },
  { objectId: "d0000000-0000-4000-8000-000000000003", name: "anna@polaris.example", kind: "user", roles: ["Approver"] },
  { objectId: "d0000000-0000-4000-8000-000000000004", name: "adam@polaris.example", kind: "user", roles: ["Admin"] },
];

/** Who `az login --identity` becomes. */
export const commandLinePrincipal: Principal = {
  objectId: "c0000000-0000-4000-8000-000000000009",
  applicationId: "c0000000-0000-4000-8000-0000000000a9",
  name: "az-command-line",
  kind: "managedIdentity",
};
