import { spawnSync } from "node:child_process";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { besideLayers, bicepFiles, layers, root } from "./bicep-files.ts";

const files = bicepFiles();
const shared = process.env.SHARED_DIR;

test.skipIf(!shared)("the infrastructure fits Bicep and Azure's types, without an error or a warning", () => {
  const checker = path.join(shared ?? "", "tools/bicep-check/bicep-check.mjs");

  const { stdout, status } = spawnSync(process.execPath, [checker, ...files.map(({ file }) => file)], {
    cwd: root,
    encoding: "utf8",
  });

  expect(stdout).toBe(`${files.length} files: 0 errors, 0 warnings\n`);
  expect(status).toBe(0);
});

test("every file is a layer, or is used by one", () => {
  const used = files.flatMap(({ file, text }) =>
    [...text.matchAll(/(?:^module \w+|\bfrom) '(.+\.bicep)'/gm)].map(([, name = ""]) =>
      path.posix.join(path.posix.dirname(file), name),
    ),
  );
  const entries = [...layers, besideLayers].map((layer) => `infra/${layer}/main.bicep`);

  expect(files.map(({ file }) => file).sort()).toEqual([...new Set([...entries, ...used])].sort());
});

describe.each(files)("$file", ({ file, text }) => {
  const code = text.replaceAll(/^\s*\/\/.*$/gm, "");

  test("names no host of one cloud", () => {
    expect(code).not.toMatch(/https?:/);
    expect(code).not.toMatch(/\b[a-z0-9-]+\.(?:net|com|cn|us|azure|microsoft)\b/);
  });

  test("asks for no key and hands none on", () => {
    expect(code).not.toMatch(/\blist[A-Z]\w*\(|\blistKeys\b|AccountKey|InstrumentationKey|functionKeys|SharedAccess/);
    expect(code).not.toMatch(/^output .*(?:key|secret|token|password|connectionString)/im);
  });

  test("pins every resource to a stable api-version", () => {
    const declared = [...code.matchAll(/^\s*resource \w+ '([^']+)'/gm)].map(([, type = ""]) => type);

    for (const type of declared.filter((each) => each.includes("."))) {
      expect(type, file).toMatch(/^Microsoft\.[\w.]+(?:\/\w+)+@20\d\d-\d\d-\d\d$/);
    }
  });

  test("opens no blob to everybody", () => {
    for (const [, value] of code.matchAll(/allowBlobPublicAccess: (\w+)/g)) expect(value).toBe("false");
    for (const [, value] of code.matchAll(/publicAccess: '(\w+)'/g)) expect(value).toBe("None");
  });

  test("takes modules from this folder alone", () => {
    expect(code).not.toMatch(/'(?:br|ts)[:/]/);
  });

  test("describes every parameter", () => {
    const lines = code.split("\n");
    const parameters = lines.filter((line) => line.startsWith("param "));

    expect(lines.filter((line) => line.startsWith("@description('")).length).toBeGreaterThanOrEqual(parameters.length);
  });
});

describe("what can be signed in to", () => {
  const all = files.map(({ text }) => text).join("\n");

  test("are storage accounts that take no shared key, and nothing without TLS", () => {
    const accounts = [...all.matchAll(/^resource \w+ 'Microsoft\.Storage\/storageAccounts@\S+' = \{[\s\S]*?^\}/gm)];

    expect(accounts).toHaveLength(2);
    for (const [account] of accounts) {
      expect(account).toContain("allowBlobPublicAccess: false");
      expect(account).toContain("allowSharedKeyAccess: false");
      expect(account).toContain("supportsHttpsTrafficOnly: true");
      expect(account).toContain("minimumTlsVersion: 'TLS1_2'");
    }
  });

  test("is a topic, a workspace and Application Insights that take tokens alone", () => {
    for (const [type, setting] of [
      ["Microsoft.EventGrid/topics", "disableLocalAuth: true"],
      ["Microsoft.OperationalInsights/workspaces", "disableLocalAuth: true"],
      ["Microsoft.Insights/components", "DisableLocalAuth: true"],
    ] as const) {
      const made = [
        ...all.matchAll(new RegExp(`^resource \\w+ '${type}@\\S+' = (?:if \\(.+\\) )?\\{[\\s\\S]*?^\\}`, "gm")),
      ];

      expect(made.length, type).toBe(1);
      for (const [resource] of made) expect(resource).toContain(setting);
    }
  });

  test("is an app without publishing passwords, over HTTPS alone", () => {
    expect(all).toContain("httpsOnly: true");
    expect(all).toMatch(/for name in \['ftp', 'scm'\]: \{[^}]+properties: \{ allow: false \}/);
  });
});
