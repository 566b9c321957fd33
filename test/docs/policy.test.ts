import { expect, test } from "vitest";
import { baselines } from "../../shared/baselines/index.ts";
import { readPolicyFile } from "../../shared/policy/policy-file.ts";
import { readDocument } from "./documents.ts";

const { text } = readDocument("docs/policy.md");
const inFences = [...text.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, policy]) => policy ?? "");
const inScripts = [...text.matchAll(/<<'YAML'\n([\s\S]*?)^YAML$/gm)].map(([, policy]) => policy ?? "");

test("docs/policy.md shows policy files, one whole and one to try", () => {
  expect([inFences.length, inScripts.length]).toEqual([1, 1]);
});

test.each([...inFences, ...inScripts])("docs/policy.md shows a policy file that is accepted: %#", (policy) => {
  expect(readPolicyFile(policy)).toMatchObject({ ok: true });
});

test("docs/guard.policy.schema.json knows every baseline", () => {
  const schema = readDocument("docs/guard.policy.schema.json").text;

  for (const { id } of baselines) expect(schema).toContain(`"${id}"`);
});
