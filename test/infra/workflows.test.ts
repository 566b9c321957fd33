import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import * as z from "zod";
import { readBicep, root } from "./bicep-files.ts";

const folder = path.join(root, ".github/workflows");
const workflowSchema = z.object({
  permissions: z.strictObject({}),
  jobs: z.record(
    z.string(),
    z.object({
      permissions: z.record(z.string(), z.string()),
      environment: z.string().optional(),
      env: z.record(z.string(), z.string()).default({}),
      steps: z.array(z.object({ uses: z.string().optional(), with: z.record(z.string(), z.unknown()).optional() })),
    }),
  ),
});
const workflows = readdirSync(folder).map((name) => {
  const text = readFileSync(path.join(folder, name), "utf8");
  return { name, text, ...workflowSchema.parse(parse(text)) };
});

describe.each(workflows)("the workflow $name", ({ text, jobs }) => {
  test("takes every action by its commit, with the version beside it", () => {
    const uses = text.split("\n").filter((line) => /\buses:/.test(line));

    expect(uses.length).toBeGreaterThan(0);
    for (const line of uses) expect(line).toMatch(/uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  test("leaves no credential in a checked out folder, and holds no secret", () => {
    const checkouts = Object.values(jobs).flatMap(({ steps }) =>
      steps.filter(({ uses }) => /checkout@/.test(uses ?? "")),
    );

    expect(checkouts.length).toBeGreaterThan(0);
    for (const each of checkouts) expect(each.with).toMatchObject({ "persist-credentials": false });
    expect(text).not.toContain("secrets.");
  });

  test("lets no job but the deployment, which an environment guards, sign in elsewhere", () => {
    for (const [name, { permissions, environment }] of Object.entries(jobs)) {
      const expected = name === "deploy" ? { contents: "read", "id-token": "write" } : { contents: "read" };
      expect(permissions).toEqual(expected);
      expect(environment !== undefined).toBe(name === "deploy");
    }
  });
});

test("the deployment is given what the layers core and events take, and docs/pipelines.md names it", () => {
  const page = readFileSync(path.join(root, "docs/pipelines.md"), "utf8");
  const files = ["core", "events"].map((layer) =>
    readFileSync(path.join(root, `infra/${layer}/main.parameters.json`), "utf8"),
  );
  const named = [...files.join("\n").matchAll(/\$\{([A-Z_]+)/g)].map(([, name = ""]) => name);
  const given = workflows.flatMap(({ jobs }) => Object.entries(jobs.deploy?.env ?? {}));

  // What core puts out reaches events by core.env.
  const { text: core } = readBicep("core/main.bicep");
  for (const name of named.filter((each) => !core.includes(`output ${each} `))) {
    expect(given).toContainEqual([name, `\${{ vars.${name} }}`]);
  }
  for (const [name] of given) expect(page).toContain(`\`${name}\``);
});
