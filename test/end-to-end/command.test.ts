import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { folderWith } from "../command/check/templates.ts";
import { type Ran, run } from "../command/run.ts";
import { accountId, enforceAll, groupId, seedAccount, startWorld, type World, writeEvent } from "./world.ts";

let world: World;

const weakTls = { minimumTlsVersion: "TLS1_0" };

beforeAll(async () => {
  world = await startWorld({ ...enforceAll, APPROVE_WITH_KEY: "true" });
});
afterAll(() => world?.close());
afterEach(() => {
  vi.unstubAllEnvs();
});

/** As in a shell that has read the local Azure's environment. */
function command(...line: string[]): Promise<Ran> {
  return run(line, world.azure.environment);
}

describe("check, in Azure", () => {
  test("finds what falls short of one resource, and changes nothing", async () => {
    const id = seedAccount(world, "checked", weakTls);

    const { code, out } = await command("check", id);

    expect(code).toBe(2);
    expect(out).toContain("  not compliant  storage/minimum-tls");
    expect(out.join("\n")).toContain("properties.minimumTlsVersion is TLS1_0, expected TLS1_2 or later");
    expect(world.stored(id)).toMatchObject({ properties: weakTls });
    expect(world.writes(id)).toEqual([]);
  });

  test("judges the resource that a part belongs to, and ends with 0 where it is compliant", async () => {
    const id = seedAccount(world, "partly");

    const { code, out } = await command("check", `${id}/fileServices/default`);

    expect(code).toBe(0);
    expect(out[0]).toBe(id);
  });

  test("judges all of a resource group, and no other", async () => {
    world.azure.arm.seed(groupId("fleet"), { location: "westeurope" });
    seedAccount(world, "fleetgood", {}, {}, accountId("fleetgood", "fleet"));
    seedAccount(world, "fleetweak", weakTls, {}, accountId("fleetweak", "fleet"));

    const { code, out, progress } = await command("check", groupId("fleet"));

    expect(code).toBe(2);
    expect(out.at(-1)).toBe("2 resources: 7 compliant, 1 not compliant, 0 unknown.");
    expect(progress).toContain("2 of 2 read");
  });

  test("goes by a policy file: its parameters, exemptions, tags and management groups", async () => {
    world.azure.arm.seed(groupId("decreed"), { location: "westeurope" });
    const rest = { tags: { tier: "1" } };
    const weak = { ...weakTls, sasPolicy: { sasExpirationPeriod: "7.00:00:00", expirationAction: "Log" } };
    const id = seedAccount(world, "decreed", weak, rest, accountId("decreed", "decreed"));
    seedAccount(world, "undecreed", {}, {}, accountId("undecreed", "decreed"));
    const until = new Date(Date.now() + 86_400_000).toISOString();
    const strict =
      "baselines: { storage/sas-expiration: { mode: enforce, parameters: { maximumDays: 3 } }, '*': audit }";
    const directory = await folderWith({
      "guard.policy.yaml": [
        "version: 1",
        "rules:",
        `  - { name: no group of ours, scope: { managementGroup: elsewhere }, baselines: { '*': approve } }`,
        `  - { name: strict, scope: { tag: { name: tier, value: '1' } }, ${strict} }`,
        "exemptions:",
        `  - { scope: { resource: ${id} }, baselines: [storage/minimum-tls], owner: Bridge, reason: Old., until: ${until} }`,
      ].join("\n"),
    });
    const line = (...words: string[]) =>
      run([...words, "--policy", "guard.policy.yaml"], world.azure.environment, { directory });

    const { code, out } = await line("check", groupId("decreed"));
    const report = await line("report", "--scope", groupId("decreed"), "--output", "json");

    expect(code, out.join("\n")).toBe(2);
    expect(out).toContain("  exempt         storage/minimum-tls (audit, rule strict)");
    expect(out).toContain("  not compliant  storage/sas-expiration (enforce, rule strict)");
    expect(out.at(-1)).toBe("2 resources: 6 compliant, 1 not compliant, 0 unknown, 1 exempt.");
    const { lines } = z
      .object({ lines: z.array(z.looseObject({ resource: z.string() })) })
      .parse(JSON.parse(report.out.join("\n")));
    expect(lines.filter(({ resource }) => resource === id)).toMatchObject([
      { baseline: "storage/secure-transfer", mode: "audit", rule: "strict" },
      {},
      { baseline: "storage/minimum-tls", state: "not-compliant", exemption: { owner: "Bridge", until } },
      { baseline: "storage/sas-expiration", state: "not-compliant", mode: "enforce", rule: "strict" },
    ]);
    expect(world.writes(id)).toEqual([]);
  });

  test("says of a resource that can't be read that it is unknown, with Azure's own word, and ends with 4", async () => {
    const { code, out } = await command("check", accountId("nowhere"));

    expect(code).toBe(4);
    expect(out.join("\n")).toMatch(/unknown +storage\/minimum-tls\n +Azure refused to show it: ResourceNotFound/);
  });

  test("says which types have baselines where this one has none", async () => {
    const { code, error } = await command("check", `${groupId("fleet")}/providers/Microsoft.KeyVault/vaults/keys`);

    expect(code).toBe(3);
    expect(error[0]).toMatch(
      /No baseline concerns Microsoft\.KeyVault\/vaults\. .*Microsoft\.Storage\/storageAccounts/,
    );
  });

  test("finds the local Azure of the working folder by itself", async () => {
    const id = seedAccount(world, "foundbyfile");
    const variables = Object.entries(world.azure.environment).map(([name, value]) => `export ${name}='${value}'\n`);
    const directory = await folderWith({});
    await mkdir(path.join(directory, ".local-azure"));
    await writeFile(path.join(directory, ".local-azure", "env"), variables.join(""));

    expect((await run(["check", id], {}, { directory })).code).toBe(0);
    expect((await run(["fix", id], {}, { directory })).code).toBe(0);
    expect((await run(["journal", "verify"], {}, { directory })).out[0]).toMatch(/^Unaltered: /);
  });

  test("ends with 3, and says how to sign in, where nobody is signed in", async () => {
    const { ACCESS_TOKEN: _token, ...environment } = world.azure.environment;
    vi.stubEnv("IDENTITY_ENDPOINT", environment.IDENTITY_ENDPOINT);
    vi.stubEnv("IDENTITY_HEADER", "another");
    const directory = await folderWith({});

    const { code, error } = await run(["check", groupId("fleet")], environment, { directory });

    expect(code).toBe(3);
    expect(error[0]).toMatch(/^There is no token for https:.* sign in first, e\.g\. with az login\.$/);
  });

  test("gives SARIF that names the resource where there is no file", async () => {
    const id = seedAccount(world, "sarifed", weakTls);

    const { out } = await command("check", id, "--output", "sarif");

    const location = { physicalLocation: { artifactLocation: { uri: id.slice(1) } } };
    expect(JSON.parse(out.join("\n"))).toMatchObject({ runs: [{ results: [{ locations: [location] }] }] });
  });
});

describe("receive", () => {
  test("says what events lead to and who changed what, judges it, and changes nothing", async () => {
    const id = seedAccount(world, "received", weakTls);
    const cloudEvent = {
      specversion: "1.0",
      id: "2",
      source: "/subscriptions/x",
      subject: accountId("elsewhere"),
      type: "Microsoft.Resources.ResourceWriteSuccess",
      data: { operationName: "Microsoft.KeyVault/vaults/write" },
    };
    const directory = await folderWith({ "events.json": [writeEvent(id), cloudEvent] });

    const { code, out } = await run(["receive", "events.json"], world.azure.environment, { directory });

    expect(code).toBe(2);
    expect(out[0]).toMatch(`Leads to ${id}: Microsoft.Storage/storageAccounts/write by ${world.personId} at `);
    expect(out[1]).toBe("Ignored: No baseline concerns Microsoft.KeyVault/vaults/write.");
    expect(out).toContain("  not compliant  storage/minimum-tls");
    expect(world.writes(id)).toEqual([]);
  });

  test("ends with 4 where an event can't be read, and with 3 where the file is none", async () => {
    const directory = await folderWith({ "event.json": { hello: 1 } });

    expect((await run(["receive", "event.json"], {}, { directory })).code).toBe(4);
    expect((await run(["receive", "none.json"], {}, { directory })).code).toBe(3);
  });
});

describe("through the service", () => {
  test("fix brings a resource to its baselines, undo puts it back, and journal show tells both", async () => {
    const id = seedAccount(world, "fixed", weakTls);

    const dry = await command("fix", id, "--dry-run");
    expect(dry.code).toBe(2);
    expect(world.stored(id)).toMatchObject({ properties: weakTls });

    const fixed = await command("fix", id);
    expect(fixed.code).toBe(0);
    expect(fixed.out.join("\n")).toContain("properties.minimumTlsVersion was TLS1_0, expected TLS1_2 or later");
    expect(world.stored(id)).toMatchObject({ properties: { minimumTlsVersion: "TLS1_2" } });

    const remediationId = /remediation ([^)]+)\)/.exec(fixed.out[0] ?? "")?.[1] ?? "";
    const undone = await command("undo", remediationId, "--reason", "Old crew tablets.");
    expect(undone.code).toBe(0);
    expect(world.stored(id)).toMatchObject({ properties: weakTls });

    const { FUNCTIONS_URL: endpoint = "" } = world.azure.environment;
    const { out } = await command("journal", "show", id, "--endpoint", endpoint);
    expect(out.join("\n")).toContain("properties.minimumTlsVersion: TLS1_0 becomes TLS1_2");
    expect(out.join("\n")).toContain("Old crew tablets.");
  });

  test("fix of what lies outside the scopes is refused with the service's own code and advice", async () => {
    const { code, error } = await command(
      "fix",
      accountId("foreign", "voyages", "a0000000-0000-4000-8000-0000000000ff"),
    );

    expect(code).toBe(3);
    expect(error.join("\n")).toMatch(
      /^out-of-scope: [\s\S]*Add its subscription or resource group, or a management group that holds it, to the setting SCOPES/,
    );
  });

  test("a wrong key is refused, and not shown", async () => {
    const { code, error } = await command("fix", accountId("any"), "--key", "guessed-key");

    expect(code).toBe(3);
    expect(error.join("\n")).toContain("does not know who asks (401)");
    expect(error.join("\n")).not.toContain("guessed-key");
  });

  test("sweep waits until all of a group is judged, with a bar, and tells what is left", async () => {
    seedAccount(world, "swept", weakTls);
    seedAccount(world, "domained", { customDomain: { name: "logs.example.com" } });

    const { code, out, progress } = await run(["sweep", groupId("voyages")], world.azure.environment, {
      wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, Math.min(milliseconds, 50))),
    });

    expect(code).toBe(2);
    expect(world.stored(accountId("swept"))).toMatchObject({ properties: { minimumTlsVersion: "TLS1_2" } });
    expect(out.join("\n")).toMatch(/^audit +\S+\/domained$/m);
    expect(out.at(-1)).toMatch(/^\d+ judged: .*remediated/);
    expect(progress.at(-2)).toMatch(/^\[#{30}\] (\d+) of \1 judged, \d+ remediated$/);
  });

  test("journal verify asks how the journal was found, and says where it was never walked", async () => {
    const { FUNCTIONS_URL: endpoint = "" } = world.azure.environment;

    const { code, out } = await command("journal", "verify", "--endpoint", endpoint);

    expect(code).toBe(4);
    expect(out).toEqual([
      "The service has not walked its journal yet; it does so each night.",
      expect.stringMatching(/^azure-encryption-guard \S+; the journal carries format 1[.]$/),
    ]);
  });
});

describe("report", () => {
  test("reads a scope and walks the journal in its storage account, and changes nothing", async () => {
    world.azure.arm.seed(groupId("audited"), { location: "westeurope" });
    const id = seedAccount(world, "audited", weakTls, {}, accountId("audited", "audited"));
    const { FUNCTIONS_URL: _url, ...environment } = world.azure.environment;
    const directory = await folderWith({});
    const storage = { AzureWebJobsStorage: environment.STORAGE_CONNECTION };

    const { code, out } = await run(
      ["report", "--scope", groupId("audited"), "--output", "json"],
      { ...environment, ...storage },
      { directory },
    );

    expect(code).toBe(0);
    expect(JSON.parse(out.join("\n"))).toMatchObject({
      serviceAsked: false,
      journal: { state: "unaltered", by: "walked" },
      lines: [
        { resource: id, baseline: "storage/secure-transfer", state: "compliant" },
        { baseline: "storage/https-only-sas", state: "compliant" },
        { baseline: "storage/minimum-tls", state: "not-compliant" },
        { baseline: "storage/sas-expiration", state: "compliant" },
      ],
    });
    expect(world.writes(id)).toEqual([]);
  });
});
