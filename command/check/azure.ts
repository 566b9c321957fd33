import { readFile } from "node:fs/promises";
import tls from "node:tls";
import type { TokenCredential } from "@azure/core-auth";
import { CodedError } from "../../shared/errors.ts";
import { type Cloud, tokenScope } from "../../shared/policy/clouds.ts";
import { type Policies, settingsPolicies } from "../../shared/policy/resource-policy.ts";
import { type ConfiguredScope, isManagementGroup, type Scope } from "../../shared/policy/scopes.ts";
import { settingDescriptors } from "../../shared/policy/setting-definitions.ts";
import { readSettings, type Settings } from "../../shared/policy/settings.ts";
import { resourceTypes } from "../../shared/resources/index.ts";
import type { ResourceType } from "../../shared/resources/resource-type.ts";
import { serviceCredential } from "../../shared/service/identity.ts";
import { subscriptionsInGroup } from "../../shared/sweep/group-subscriptions.ts";
import { groupsOfSubscription, type ResourceGraph, resourceGraph } from "../../shared/sweep/resource-graph.ts";
import type { Surroundings } from "../frame/command.ts";
import { isThisMachine, localEnvironment } from "../service/local-environment.ts";
import { policiesHere, policyHere } from "./policy-here.ts";

/** Azure, to be read with what this machine is signed in with. Nothing in here writes. */
export interface Azure {
  settings: Settings;
  types: readonly ResourceType[];
  graph: ResourceGraph;
  /** What resources are judged by: a policy file, or else the parameters of the environment. */
  policies: Policies;
  now(): Date;
}

const audienceOfManagement = "https://management.core.windows.net/";

/** The parameters of the baselines, and the cloud, as the environment says; app settings that are not about these don't count here. */
export async function settingsHere({
  environment,
  directory,
}: Pick<Surroundings, "environment" | "directory">): Promise<Settings> {
  const isNamed = environment.CLOUD !== undefined || environment.ARM_ENDPOINT !== undefined;
  const own = isNamed
    ? environment
    : { ...environment, ARM_ENDPOINT: (await localEnvironment(directory)).ARM_ENDPOINT };
  const known = new Set(settingDescriptors().map(({ name }) => name));
  const given = Object.entries(own).filter(([name, value]) => value !== undefined && known.has(name));
  const { SCOPES: _scopes, ...settings } = Object.fromEntries(given);
  const custom = own.ARM_ENDPOINT ? { CLOUD: "custom", ARM_AUDIENCE: audienceOfManagement } : {};
  const read = readSettings({ ...custom, ...settings });
  if (read.ok) return read.settings;
  const details = read.problems.map(({ setting, value, allowed }) => ({
    target: setting,
    message: `${JSON.stringify(value)} is not allowed. Allowed: ${allowed}.`,
  }));
  throw new CodedError(
    "configuration-invalid",
    "A setting in the environment has a value that is not allowed.",
    details,
  );
}

/**
 * Opens Azure for reading. The local Azure is asked with its own token; its certificate, made at each start, is taken from where its
 * environment says. Throws `configuration-invalid`, `azure-refused` where it does not show a management group, and an Error where nobody is signed in.
 * @param scopes where the other end of a connection is read too.
 * @param policyFile the name of a policy file to judge by; a bad one is a UsageError.
 */
export async function openAzure(
  surroundings: Surroundings,
  scopes: readonly ConfiguredScope[],
  policyFile?: string,
): Promise<Azure> {
  const settings = await settingsHere(surroundings);
  const accepted = policyFile === undefined ? undefined : await policyHere(policyFile, settings, surroundings);
  const { now } = surroundings;
  const credential = await credentialHere(settings, surroundings);
  const membersOf = subscriptionsInGroup(settings.cloud, () => credential);
  const current = {
    scopes: (await Promise.all(scopes.map((each) => subscriptionsOf(each, membersOf)))).flat(),
    unsure: [],
  };
  const surrounding = { credential: () => credential, now, random: Math.random, scopes: () => current, ...unpaced };
  return {
    settings,
    types: resourceTypes(settings, surrounding),
    graph: resourceGraph(settings.cloud, () => credential),
    policies: accepted
      ? policiesHere(
          accepted,
          groupsOfSubscription(settings.cloud, () => credential),
        )
      : settingsPolicies(settings.baselines),
    now,
  };
}

async function subscriptionsOf(
  scope: ConfiguredScope,
  membersOf: (managementGroup: string) => Promise<string[]>,
): Promise<Scope[]> {
  if (!isManagementGroup(scope)) return [scope];
  return (await membersOf(scope.managementGroup)).map((id) => ({ subscriptionId: id.toLowerCase() }));
}

/** What this machine is signed in with, once it was seen to give a token. Throws an Error where nobody is signed in. */
export async function credentialHere(
  settings: Pick<Settings, "cloud" | "identityClientId">,
  { environment, directory, now }: Pick<Surroundings, "environment" | "directory" | "now">,
): Promise<TokenCredential> {
  const isLocal = isThisMachine(settings.cloud.endpoint);
  const local = isLocal ? { ...(await localEnvironment(directory)), ...environment } : {};
  if (local.CA_CERT) await trust(local.CA_CERT);
  const token = local.ACCESS_TOKEN;
  const credential = token ? givenToken(token, now) : serviceCredential(environment, settings.identityClientId);
  await signedIn(credential, settings.cloud);
  return credential;
}

/** A check of a few resources, by a person who waits for it, writes nothing, and keeps no pace with anyone. */
const unpaced = {
  pace: { count: () => undefined, holdBack: () => undefined },
  waitUntil: async () => undefined,
};

/** Asked first, so that it is said once and plainly. A message of the failure would name seven ways that nobody tried. */
async function signedIn(credential: TokenCredential, cloud: Cloud): Promise<void> {
  try {
    await credential.getToken(tokenScope(cloud));
  } catch (thrown) {
    const name = thrown instanceof Error ? thrown.name : "Error";
    throw new Error(`There is no token for ${cloud.endpoint} (${name}): sign in first, e.g. with az login.`);
  }
}

/** Beside the certificates that this machine trusts already. Node reads NODE_EXTRA_CA_CERTS only when it starts. */
async function trust(certificateFile: string): Promise<void> {
  const certificate = await readFile(certificateFile, "utf8");
  tls.setDefaultCACertificates?.([...tls.getCACertificates("default"), certificate]);
}

function givenToken(token: string, now: () => Date): TokenCredential {
  return { getToken: async () => ({ token, expiresOnTimestamp: now().getTime() + 3_600_000 }) };
}

/** The whole subscription that a resource or scope lies in. */
export function subscriptionOf({ subscriptionId }: Pick<Scope, "subscriptionId">): Scope {
  return { subscriptionId: subscriptionId.toLowerCase() };
}
