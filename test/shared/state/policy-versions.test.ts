import { describe, expect, test } from "vitest";
import { blobPolicyVersions } from "../../../shared/state/blob-policy-versions.ts";
import type { PolicyVersions, StoredPolicy } from "../../../shared/state/policy-versions.ts";
import { freshName, useAzurite } from "../../support/azurite.ts";
import { memoryPolicyVersions } from "../../support/memory-policy-versions.ts";

const storage = useAzurite();

function policy(hash: string): StoredPolicy {
  return { hash, acceptedAt: "2026-11-23T08:00:00.000Z", source: "guard.policy.yaml" };
}

describe.each<[string, () => PolicyVersions]>([
  ["memory", memoryPolicyVersions],
  ["blobs", () => blobPolicyVersions(storage.clients().containerForReading(freshName()))],
])("versions of the policy in %s", (_where, open) => {
  test("have no newest before one was accepted", async () => {
    expect(await open().newest()).toBeUndefined();
  });

  test("keep what was accepted last, and every text", async () => {
    const versions = open();
    const first = await versions.accept(policy("aa"), "version: 1 # a", undefined);

    const second = await versions.accept(policy("bb"), "version: 1 # b", first);

    expect((await versions.newest())?.stored).toEqual(policy("bb"));
    expect((await versions.newest())?.version).toBe(second?.version);
    expect([await versions.textOf("aa"), await versions.textOf("bb")]).toEqual(["version: 1 # a", "version: 1 # b"]);
  });

  test("let one of two that accept at the same time go first, and tell the other", async () => {
    const versions = open();

    const accepted = await Promise.all([
      versions.accept(policy("aa"), "a", undefined),
      versions.accept(policy("bb"), "b", undefined),
    ]);

    expect(accepted.filter((each) => each !== undefined)).toHaveLength(1);
    expect((await versions.newest())?.stored.hash).toBe(accepted[0] ? "aa" : "bb");
  });

  test("refuse to follow what is not the newest any more", async () => {
    const versions = open();
    const first = await versions.accept(policy("aa"), "a", undefined);
    await versions.accept(policy("bb"), "b", first);

    expect(await versions.accept(policy("cc"), "c", first)).toBeUndefined();
    expect((await versions.newest())?.stored.hash).toBe("bb");
  });

  test("remember what was refused", async () => {
    const versions = open();
    const before = await versions.isRefused("aa");

    await versions.markRefused("aa", [{ line: 1, column: 1, path: "", found: "", allowed: "names with values" }]);

    expect([before, await versions.isRefused("aa"), await versions.isRefused("bb")]).toEqual([false, true, false]);
  });

  test("remember of which exemptions it was told that they end", async () => {
    const versions = open();
    const before = await versions.isToldToEnd("aa");

    await versions.markToldToEnd("aa");

    expect([before, await versions.isToldToEnd("aa"), await versions.isToldToEnd("bb")]).toEqual([false, true, false]);
  });
});
