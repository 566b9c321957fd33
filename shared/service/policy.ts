import { existsSync } from "node:fs";
import path from "node:path";
import type { ContainerClient } from "@azure/storage-blob";
import type { Journal } from "../journal/journal.ts";
import type { Log } from "../log.ts";
import { managementGroups } from "../policy/management-groups.ts";
import type { PolicyKeeper, PolicyStanding } from "../policy/policy-keeper.ts";
import { blobSource, fileSource, type PolicySource } from "../policy/policy-source.ts";
import { type Policies, settingsPolicies } from "../policy/resource-policy.ts";
import type { Settings } from "../policy/settings.ts";
import { blobPolicyVersions } from "../state/blob-policy-versions.ts";

/** What decides about resources: a policy file, or app settings. */
export interface ServicePolicy {
  policies(log: Log): Policies;
  /** How the policy file stands; absent where there is none, and app settings decide. */
  standing?(log: Log): Promise<PolicyStanding>;
  /** Tells of exemptions of the policy file that end soon; absent where there is no file. */
  tellEndingExemptions?(log: Log): Promise<string[]>;
}

/** What of the service's storage the policy needs. */
interface PolicyStorage {
  journal: Journal;
  container(name: string): ContainerClient;
}

/** Where versions of the policy are kept. */
const versionsContainer = "policy";
const defaultName = "guard.policy.yaml";

/**
 * The policy of the service. Whether there is a file by the default name is looked up once: a package does not change while it runs.
 * @param readGroups the management groups of a subscription.
 */
export function openPolicy(
  storage: PolicyStorage,
  settings: Settings,
  readGroups: (subscriptionId: string) => Promise<string[]>,
): ServicePolicy {
  const source = sourceOf(storage, settings);
  if (!source) return { policies: () => settingsPolicies(settings.baselines) };
  let opened: Promise<PolicyKeeper> | undefined;
  const keeper = () => {
    opened ??= openKeeper(source, storage, settings, readGroups);
    return opened;
  };
  return {
    policies: (log) => ({
      current: async (subscriptionId) => (await keeper()).policies(log).current(subscriptionId),
      beforeWrite: async (subscriptionId) => (await keeper()).policies(log).beforeWrite(subscriptionId),
    }),
    standing: async (log) => (await keeper()).standing(log),
    tellEndingExemptions: async (log) => (await keeper()).tellEndingExemptions(log),
  };
}

/** Loaded when first needed: without a policy file nobody waits for the reader of YAML. */
async function openKeeper(
  source: PolicySource,
  { journal, container }: PolicyStorage,
  { policyReadSeconds: readSeconds, policyTrustedMinutes: trustedMinutes, exemptionMostDays }: Settings,
  readGroups: (subscriptionId: string) => Promise<string[]>,
): Promise<PolicyKeeper> {
  const { policyKeeper } = await import("../policy/policy-keeper.ts");
  const now = () => new Date();
  const versions = blobPolicyVersions(container(versionsContainer));
  const groups = managementGroups(readGroups, now);
  const limits = { readSeconds, trustedMinutes, mostExemptionDays: exemptionMostDays };
  return policyKeeper({ source, versions, journal, groups, now, ...limits });
}

function sourceOf({ container }: PolicyStorage, { policyFile }: Settings): PolicySource | undefined {
  if (policyFile.kind === "blob") return blobSource(container(policyFile.container), policyFile.name);
  const folder = appFolder();
  if (policyFile.kind === "file") return fileSource(path.resolve(folder, policyFile.path));
  const byDefault = path.join(folder, defaultName);
  return existsSync(byDefault) ? fileSource(byDefault) : undefined;
}

/** The folder with host.json, above this code, wherever the build has put it. */
function appFolder(): string {
  let folder = import.meta.dirname;
  while (!existsSync(path.join(folder, "host.json")) && folder !== path.dirname(folder)) folder = path.dirname(folder);
  return folder;
}
