import type { PolicyProblem } from "../policy/policy-file.ts";

/** A version of the policy file that was accepted. */
export interface StoredPolicy {
  hash: string;
  /** ISO 8601. */
  acceptedAt: string;
  /** Where it was read. */
  source: string;
  /** When the source was last changed, ISO 8601, and by whom, as far as it tells. */
  changedAt?: string | undefined;
  changedBy?: string | undefined;
}

/** Which version holds, as it is stored. */
export interface NewestPolicy {
  stored: StoredPolicy;
  /** Names the stored value; only the store reads it. */
  version: string;
}

/** Every version of the policy that was accepted. Every method throws `storage-unavailable` where the store does not answer. */
export interface PolicyVersions {
  /** The version that holds; nothing where none was ever accepted. */
  newest(): Promise<NewestPolicy | undefined>;
  /** The text of a version that was accepted. */
  textOf(hash: string): Promise<string>;
  /**
   * Makes a version the one that holds. Nothing where another was made so since `before` was read.
   * @param before what {@link newest} gave.
   */
  accept(policy: StoredPolicy, text: string, before: NewestPolicy | undefined): Promise<NewestPolicy | undefined>;
  /** Whether this content was refused before. */
  isRefused(hash: string): Promise<boolean>;
  /** Whether it was told that an exemption of the file ends soon. */
  isToldToEnd(exemptionId: string): Promise<boolean>;
  markToldToEnd(exemptionId: string): Promise<void>;
  markRefused(hash: string, problems: readonly PolicyProblem[]): Promise<void>;
}
