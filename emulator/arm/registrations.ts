import type { Clock } from "../clock.ts";
import { checkRoles } from "./checks/access.ts";
import { gatewayError, invalidNamespace } from "./errors.ts";
import type { Answer, ArmRequest, Caller } from "./message.ts";
import { namespaces } from "./registry.ts";
import { type ArmState, findSubscription, type Subscription } from "./state.ts";

/** Which providers are registered in which subscription. */
export interface Registrations {
  /** As a provider's `registrationState` says it. */
  stateOf(subscriptionId: string, namespace: string): "Registered" | "Registering" | "NotRegistered";
  /** Starts the registration of one that is not; else nothing happens. */
  register(subscriptionId: string, namespace: string): void;
}

/** A registration takes from seconds to a minute; nobody has recorded one. */
const registrationSeconds = 20;

/** All are registered but for those that a subscription names. */
export function createRegistrations(
  subscriptions: readonly Subscription[],
  clock: Clock,
  durationScale: number,
): Registrations {
  const doneAt = new Map<string, number>();
  for (const { subscriptionId, notRegistered = [] } of subscriptions) {
    for (const namespace of notRegistered) doneAt.set(key(subscriptionId, namespace), Number.POSITIVE_INFINITY);
  }
  return {
    stateOf(subscriptionId, namespace) {
      const done = doneAt.get(key(subscriptionId, namespace)) ?? 0;
      if (done === Number.POSITIVE_INFINITY) return "NotRegistered";
      return done > clock.now() ? "Registering" : "Registered";
    },
    register(subscriptionId, namespace) {
      if (doneAt.get(key(subscriptionId, namespace)) !== Number.POSITIVE_INFINITY) return;
      doneAt.set(key(subscriptionId, namespace), clock.now() + registrationSeconds * 1000 * durationScale);
    },
  };
}

/** POST `/subscriptions/ID/providers/NAMESPACE/register`: the provider's namespace that it is for; undefined for any other request. */
export function answerRegistration(state: ArmState, request: ArmRequest, caller: Caller): Answer | undefined {
  const [, subscriptionId = "", asked = ""] =
    /^\/subscriptions\/([^/]+)\/providers\/([^/]+)\/register$/i.exec(request.path) ?? [];
  if (request.method !== "POST" || asked === "") return undefined;
  const subscription = findSubscription(state, subscriptionId);
  const namespace = namespaces().find((each) => each.toLowerCase() === asked.toLowerCase());
  if (!subscription || !namespace) throw invalidNamespace(asked);
  if (state.switches.roleAssignments) {
    const scope = `/subscriptions/${subscription.subscriptionId}`;
    checkRoles(state.resources, state.managementGroups.above, caller, `${namespace}/register/action`, scope);
  }
  state.registrations.register(subscription.subscriptionId, namespace);
  const registrationState = state.registrations.stateOf(subscription.subscriptionId, namespace);
  const id = `/subscriptions/${subscription.subscriptionId}/providers/${namespace}`;
  return { status: 200, body: { id, namespace, registrationState, resourceTypes: [] } };
}

/** Refuses a write where the provider is not registered, in the words of Microsoft's "Resolve errors for resource provider registration". */
export function checkRegistered({ registrations }: ArmState, subscriptionId: string, namespace: string): void {
  if (registrations.stateOf(subscriptionId, namespace) === "Registered") return;
  throw gatewayError(
    409,
    "MissingSubscriptionRegistration",
    `The subscription is not registered to use namespace '${namespace}'. See https://aka.ms/rps-not-found for how to register subscriptions.`,
  );
}

function key(subscriptionId: string, namespace: string): string {
  return `${subscriptionId}/${namespace}`.toLowerCase();
}
