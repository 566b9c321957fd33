import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import Ajv from "ajv";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import * as z from "zod";
import { layers, readBicep, root } from "./bicep-files.ts";

const shared = process.env.SHARED_DIR;
const manifestSchema = z.object({
  infra: z.object({
    layers: z.array(z.object({ name: z.string(), path: z.string(), dependsOn: z.array(z.string()).optional() })),
  }),
  services: z.record(
    z.string(),
    z.object({
      host: z.string(),
      dist: z.string(),
      remoteBuild: z.boolean(),
      hooks: z.object({ postdeploy: z.record(z.string(), z.object({ run: z.string() })) }),
    }),
  ),
  hooks: z.object({ predown: z.record(z.string(), z.object({ run: z.string() })) }),
  workflows: z.object({ up: z.object({ steps: z.array(z.object({ azd: z.string() })) }) }),
});
const packageSchema = z.object({ scripts: z.record(z.string(), z.string()) });
const text: unknown = parse(readFileSync(path.join(root, "azure.yaml"), "utf8"));
const manifest = manifestSchema.parse(text);
/** What the page says that somebody may set by `azd env set`. */
const optional = [...readFileSync(path.join(root, "docs/deployment.md"), "utf8").matchAll(/^\| `([A-Z_]+)` \|/gm)].map(
  ([, name = ""]) => name,
);
const parametersSchema = z.object({ parameters: z.record(z.string(), z.object({ value: z.string() })) });

describe("azure.yaml", () => {
  test.skipIf(!shared)("fits azd's schema", () => {
    const file = path.join(shared ?? "", "specs/azd/azure.yaml.json");
    const { $schema: _newer, ...schema } = z.looseObject({}).parse(JSON.parse(readFileSync(file, "utf8")));
    // Extensions of azd have schemas elsewhere; none is used here.
    const ajv = new Ajv({ allErrors: true, missingRefs: "ignore", logger: false });

    expect(ajv.validate(schema, text), ajv.errorsText()).toBe(true);
    expect(ajv.validate(schema, { name: "x", infra: { layers: [{ path: "infra/access" }] } })).toBe(false);
  });

  test("has every layer, each with what it waits for", () => {
    expect(manifest.infra.layers.map(({ name, path: folder }) => [name, folder])).toEqual(
      layers.map((name) => [name, `infra/${name}`]),
    );
    for (const [index, { dependsOn = [] }] of manifest.infra.layers.entries()) {
      expect(dependsOn).toEqual(layers.slice(0, index));
    }
  });

  test("gives the roles first, and events to the function last, once the package is there", () => {
    expect(manifest.workflows.up.steps.map(({ azd }) => azd)).toEqual([
      "package --all",
      "provision access",
      "provision core",
      "deploy --all",
      "provision events",
    ]);
  });

  test("deploys the built package to the app that carries its name as a tag", () => {
    const [[name, service] = ["", undefined], ...others] = Object.entries(manifest.services);

    expect(others).toEqual([]);
    expect(service).toMatchObject({ host: "function", dist: "dist/package", remoteBuild: false });
    expect(readBicep("core/function-app.bicep").text).toContain(`'azd-service-name': '${name}'`);
  });

  test("waits after that until Azure lists the function, by a script that there is and what the layers put out", () => {
    const hooks = Object.values(manifest.services).flatMap(({ hooks }) => Object.values(hooks.postdeploy));
    const { scripts } = packageSchema.parse(JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")));
    const script = readFileSync(path.join(root, "scripts/infra/wait-for-function.ts"), "utf8");
    const asked = [...script.matchAll(/^ {2}([A-Z_]+): z\./gm)].map(([, name = ""]) => name);

    for (const { run } of hooks) expect(run).toBe("npm run wait-for-function");
    expect(scripts["wait-for-function"]).toBe("node scripts/infra/wait-for-function.ts");
    const outputs = outputsIn(layers.map((layer) => readBicep(`${layer}/main.bicep`).text).join("\n"));
    expect(asked.length).toBeGreaterThan(2);
    for (const name of asked) expect(["AZURE_SUBSCRIPTION_ID", ...outputs]).toContain(name);
  });

  test("takes away before azd down what that would leave, by a script that there is", () => {
    const { scripts } = packageSchema.parse(JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")));

    expect(Object.keys(manifest.hooks.predown).sort()).toEqual(["posix", "windows"]);
    for (const { run } of Object.values(manifest.hooks.predown)) expect(run).toBe("npm run before-down");
    expect(scripts["before-down"]).toBe("node scripts/infra/before-down.ts");
    expect(existsSync(path.join(root, "scripts/infra/before-down.ts"))).toBe(true);
  });

  test("removes by what azd knows, the layers put out, or somebody set, with the journal and without", () => {
    const { scripts } = packageSchema.parse(JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")));
    const script = readFileSync(path.join(root, "scripts/infra/removal.ts"), "utf8");
    const asked = [...script.matchAll(/^ {2}([A-Z_]+): z\./gm)].map(([, name = ""]) => name);
    const outputs = outputsIn(layers.map((layer) => readBicep(`${layer}/main.bicep`).text).join("\n"));

    expect(scripts["remove-all-but-journal"]).toBe("node scripts/infra/remove-all-but-journal.ts");
    expect(existsSync(path.join(root, "scripts/infra/remove-all-but-journal.ts"))).toBe(true);
    expect(asked).toContain("GUARD_JOURNAL_NAME");
    const known = ["AZURE_ENV_NAME", "AZURE_SUBSCRIPTION_ID", "DELETE_JOURNAL", ...outputs, ...optional];
    for (const name of asked) expect(known).toContain(name);
  });

  test("marks the resource group with the tag that a removal looks for, and each account of storage with what tells the journal's", () => {
    const access = readBicep("access/main.bicep").text;

    expect(access).toContain("var tags = { 'azd-env-name': environmentName }");
    expect(readBicep("access/journal.bicep").text).toContain("parent: blobs\n  name: 'journal'");
    expect(readBicep("access/storage.bicep").text).not.toContain("'journal'");
  });

  test("leaves no file that would cut the package", () => {
    expect(existsSync(path.join(root, ".funcignore"))).toBe(false);
  });
});

describe.each(layers)("the layer %s", (layer) => {
  const { parameters } = parametersSchema.parse(
    JSON.parse(readFileSync(path.join(root, `infra/${layer}/main.parameters.json`), "utf8")),
  );
  const declared = [...readBicep(`${layer}/main.bicep`).text.matchAll(/^param (\w+)/gm)].map(([, name = ""]) => name);

  test("is given every parameter that it has, and no other", () => {
    expect(Object.keys(parameters).sort()).toEqual([...declared].sort());
  });

  test("is given what azd knows, what a layer before it put out, or what somebody set", () => {
    const before = layers.slice(0, layers.indexOf(layer)).map((name) => readBicep(`${name}/main.bicep`).text);
    const known = ["AZURE_ENV_NAME", "AZURE_LOCATION", ...outputsIn(before.join("\n")), ...optional];

    for (const { value } of Object.values(parameters)) {
      expect(known).toContain(/^\$\{([A-Z_]+)(?:=\w+)?\}$/.exec(value)?.[1]);
    }
  });
});

test("docs/deployment.md names nothing to set that no layer is given", () => {
  const given = layers.map((layer) => readFileSync(path.join(root, `infra/${layer}/main.parameters.json`), "utf8"));

  expect(optional.length).toBeGreaterThan(0);
  for (const name of optional) expect(given.join("\n")).toMatch(new RegExp(`\\$\\{${name}[=}]`));
});

function outputsIn(text: string): string[] {
  return [...text.matchAll(/^output ([A-Z_]+) /gm)].map(([, name = ""]) => name);
}
