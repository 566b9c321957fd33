import type { NewestPolicy, PolicyVersions } from "../../shared/state/policy-versions.ts";

/** Versions of the policy in memory. */
export function memoryPolicyVersions(): PolicyVersions {
  const texts = new Map<string, string>();
  const refused = new Set<string>();
  const told = new Set<string>();
  let newest: NewestPolicy | undefined;
  let versions = 0;
  return {
    newest: async () => newest,
    async textOf(hash) {
      const text = texts.get(hash);
      if (text === undefined) throw new Error(`There is no version ${hash}.`);
      return text;
    },
    async accept(policy, text, before) {
      if (before?.version !== newest?.version) return undefined;
      versions += 1;
      texts.set(policy.hash, text);
      newest = { stored: policy, version: String(versions) };
      return newest;
    },
    isRefused: async (hash) => refused.has(hash),
    markRefused: async (hash) => void refused.add(hash),
    isToldToEnd: async (exemptionId) => told.has(exemptionId),
    markToldToEnd: async (exemptionId) => void told.add(exemptionId),
  };
}
