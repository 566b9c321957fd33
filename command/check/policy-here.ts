import { readFile } from "node:fs/promises";
import path from "node:path";
import type { Mode } from "../../shared/baselines/baseline.ts";
import { type AcceptedPolicy, filePolicy, namesManagementGroups } from "../../shared/policy/file-policy.ts";
import { readPolicyFile } from "../../shared/policy/policy-file.ts";
import type { BaselinePolicy, Exemption, Policies } from "../../shared/policy/resource-policy.ts";
import type { Settings } from "../../shared/policy/settings.ts";
import type { Surroundings } from "../frame/command.ts";
import { UsageError } from "../frame/output.ts";

/** What a policy file says of one baseline of one resource, for who reads a check. */
export interface PolicyWord {
  mode: Mode;
  /** The rule that decided; absent where none matched. */
  rule?: string;
  exemption?: Exemption;
  /** Exemptions that count for nothing, and why. */
  passedOver?: string[];
}

/**
 * Reads a policy file of this machine as the service would accept it now. Throws a UsageError where there is none, or a bad one: with line,
 * column, path and what is allowed.
 * @param name as it was typed, from the working folder on.
 */
export async function policyHere(
  name: string,
  { exemptionMostDays }: Settings,
  { directory, now }: Pick<Surroundings, "directory" | "now">,
): Promise<AcceptedPolicy> {
  const read = readPolicyFile(await textIn(path.resolve(directory, name), name));
  if (read.ok) {
    const { hash, file } = read;
    return { hash, file, acceptedAt: now(), mostExemptionDays: exemptionMostDays };
  }
  const problems = read.problems.map(({ line, column, path: at, found, allowed }) => {
    const what = [at, found].filter((text) => text !== "").join(": ");
    return `${name}:${line}:${column}: ${what === "" ? "" : `${what}; `}allowed is ${allowed}`;
  });
  throw new UsageError(`${name} is refused, as the service would refuse it.`, problems);
}

/**
 * The policies of subscriptions by a policy file of this machine. They throw `azure-refused` where the file names management groups, and
 * those of a subscription can't be read.
 */
export function policiesHere(
  accepted: AcceptedPolicy,
  groupsOf: (subscriptionId: string) => Promise<string[]>,
): Policies {
  const known = new Map<string, ReturnType<Policies["current"]>>();
  async function read(subscriptionId: string) {
    if (!namesManagementGroups(accepted.file)) return filePolicy(accepted, undefined);
    return filePolicy(accepted, { names: await groupsOf(subscriptionId), readAt: accepted.acceptedAt });
  }
  function current(subscriptionId: string): ReturnType<Policies["current"]> {
    const policy = known.get(subscriptionId) ?? read(subscriptionId);
    known.set(subscriptionId, policy);
    return policy;
  }
  return { current, beforeWrite: current };
}

/** What is told of a policy's word beside a baseline. */
export function wordOf({ mode, rule, exemption, passedOver }: BaselinePolicy): PolicyWord {
  return {
    mode,
    ...(rule === undefined ? {} : { rule }),
    ...(exemption === undefined ? {} : { exemption }),
    ...(passedOver === undefined ? {} : { passedOver }),
  };
}

async function textIn(file: string, name: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (thrown) {
    const code = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "unknown";
    throw new UsageError(`--policy ${JSON.stringify(name)} can't be read (${code}).`);
  }
}
