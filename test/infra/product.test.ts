import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { entraSettings } from "../../shared/access/entra-settings.ts";
import { clouds } from "../../shared/policy/clouds.ts";
import { settingDescriptors } from "../../shared/policy/setting-definitions.ts";
import { bicepFiles, layers, listIn, readBicep, root } from "./bicep-files.ts";

const storage = readBicep("access/storage.bicep");
const journal = readBicep("access/journal.bicep");
const functionApp = readBicep("core/function-app.bicep");
const descriptors = settingDescriptors();
const functions = readdirSync(path.join(root, "functions")).map((name) => name.replace(/\.ts$/, ""));

describe("the storage account has what the service uses, and no more", () => {
  const service = ["service.ts", "policy.ts", "journal-storage.ts"]
    .map((name) => readFileSync(path.join(root, "shared/service", name), "utf8"))
    .join("\n");
  const named = (pattern: RegExp) => [...new Set([...service.matchAll(pattern)].map(([, name = ""]) => name))].sort();

  test("as tables", () => {
    expect(named(/\btable\("(\w+)"\)/g)).toEqual(listIn(storage, "tables"));
  });

  test("as queues", () => {
    expect(named(/openQueue\(clients\.queue, "([\w-]+)"\)/g)).toEqual(listIn(storage, "queues").sort());
  });

  test("as containers, and one for the package", () => {
    const used = named(
      /(?:clients\.\w+\(|versionsContainer = |containerName = |DEAD_LETTER_CONTAINER \|\| )"([\w-]+)"/g,
    );

    expect([...used, "package"].sort()).toEqual(["journal", ...listIn(storage, "containers")].sort());
    expect(functionApp.text).toContain("primaryEndpoints.blob}package'");
  });
});

describe("the journal's storage account", () => {
  test("has the container that the service writes, under a policy that lets it append and nobody delete", () => {
    expect(journal.text).toContain("name: 'journal'");
    expect(journal.text).toMatch(/immutabilityPolicies@[\s\S]*?allowProtectedAppendWrites: true/);
    expect(functionApp.text).toContain("JOURNAL_STORAGE: journal.properties.primaryEndpoints.blob");
  });

  test("is reached by a role on that container that reads and appends, and overwrites or deletes nothing", () => {
    const dataActions = bicepFiles().flatMap((file) => (file.text.includes("dataActions:") ? [file] : []));

    expect(dataActions).toEqual([journal]);
    expect(listIn(journal, "dataActions").map((action) => action.replace(/^.*}/, ""))).toEqual([
      "/read",
      "/add/action",
    ]);
    expect(journal.text).toMatch(/resource assignment [^{]+\{\s+name: [^\n]+\s+scope: container\n/);
  });

  test("is not locked unless somebody did so", () => {
    expect(readBicep("access/main.bicep").text).toContain("param journalLocked bool = false\n");
  });
});

describe("the app settings", () => {
  const written = /^var ownSettings = [\s\S]*?^var withSignIn = /m.exec(functionApp.text)?.[0] ?? "";
  const set = [...written.matchAll(/(?:^ {2}| = \{ |, )([A-Z]\w+):/gm)].map(([, name = ""]) => name);

  test("are written together", () => {
    expect(functionApp.text).toMatch(/name: 'appsettings'\s+properties: union\(ownSettings, withSignIn, modes\)\n/);
  });

  test("are those of the service, or of the Functions host", () => {
    const known = descriptors.map(({ name }) => name);
    const ofTheHost =
      /^(?:AzureWebJobsStorage__(?:blob|queue|table)ServiceUri|AzureWebJobsStorage__credential|APPLICATIONINSIGHTS_\w+)$/;

    expect(set).toEqual(
      expect.arrayContaining(["SCOPES", "CLOUD", "AZURE_CLIENT_ID", "AzureWebJobsStorage__clientId", "ENTRA_AUDIENCE"]),
    );
    expect(set.filter((name) => !ofTheHost.test(name) && !known.includes(name))).toEqual([]);
  });

  test("name Azure's clouds as the service does", () => {
    const named = [...functionApp.text.matchAll(/Azure\w*(?:Cloud|Government): '(\w+)'/g)].map(([, name]) => name);

    expect(named.sort()).toEqual(Object.keys(clouds).sort());
  });

  test("audit where nothing else is said", () => {
    expect(functionApp.text).toContain("MODE_DEFAULT: 'audit'");
    expect(
      bicepFiles()
        .filter(({ text }) => text.includes("'enforce'"))
        .map(({ file }) => file),
    ).toEqual(["infra/core/main.bicep"]);
  });
});

describe("nothing is enforced unless it is named", () => {
  test.each(["access", "core"])("in the layer %s", (layer) => {
    const { text } = readBicep(`${layer}/main.bicep`);

    expect(text).toContain("param enforcedBaselines string = ''\n");
    expect(text).toContain(
      "var enforced = filter(map(split(enforcedBaselines, ','), id => trim(id)), id => !empty(id))",
    );
  });

  test("a baseline's mode is set, and its role made and assigned, from that list alone", () => {
    const access = readBicep("access/main.bicep").text;
    const core = readBicep("core/main.bicep").text;

    expect([...access.matchAll(/\bfixes\[/g)]).toHaveLength(2);
    expect([...access.matchAll(/for id in enforced: if [\s\S]*?actions: fixes\[id\]\.actions/g)]).toHaveLength(2);
    expect([...core.matchAll(/\bfixes\[/g)]).toHaveLength(1);
    expect(core).toContain("toObject(enforced, id => fixes[id].modeSetting, id => 'enforce')");
  });
});

describe("the names of functions", () => {
  test("that are kept ready, and that takes events, are those of the package", () => {
    const ready = [...functionApp.text.matchAll(/'function:(\S+)', instanceCount/g)].map(([, name]) => name);
    const taking = /\/functions\/([\w-]+)'/.exec(readBicep("events/main.bicep").text)?.[1];
    const byDelivery = /eventsFunction: eventDelivery == 'queue' \? '([\w-]+)' : '([\w-]+)'/.exec(
      readBicep("core/main.bicep").text,
    );

    expect(ready).toEqual([expect.stringContaining("{eventsFunction}"), "reconcile"]);
    expect(byDelivery?.slice(1)).toEqual(["queued-event", taking]);
    for (const name of ["queued-event", "reconcile", taking]) expect(functions).toContain(name);
  });
});

describe("events by the queue", () => {
  const events = readBicep("events/event-subscriptions.bicep").text;
  const access = readBicep("access/own-access.bicep").text;

  test("go where a function reads them", () => {
    const read = /queueName: "([\w-]+)"/.exec(readFileSync(path.join(root, "functions/queued-event.ts"), "utf8"))?.[1];

    expect(/queueName: '([\w-]+)'/.exec(events)?.[1]).toBe(read);
    expect(listIn(storage, "queues")).toEqual(expect.arrayContaining([read, `${read}-poison`]));
  });

  test("are written by an identity that may write into that queue alone, and only where they are asked for", () => {
    expect(events).toMatch(
      /isByQueue\s+\? \{\s+identity: deliveryIdentity\s+destination: \{\s+endpointType: 'StorageQueue'/,
    );
    expect(access).toMatch(
      /resource eventsAssignment '[^']+' = if \(writesEvents\) \{\s+name: .+\s+scope: account::queueService::events\n/,
    );
    for (const layer of layers) {
      expect(readBicep(`${layer}/main.bicep`).text).toContain("param eventDelivery string = 'function'\n");
    }
  });
});

describe("sign-in", () => {
  test("lets through what the service takes for unseen, and nothing else", () => {
    const excluded = listIn(readBicep("core/sign-in.bicep"), "excludedPaths");

    expect(excluded.join(",")).toBe(entraSettings.entraExcludedPaths.default);
  });
});

describe("dead letters", () => {
  test("go where the service looks for them", () => {
    const container = descriptors.find(({ name }) => name === "DEAD_LETTER_CONTAINER")?.default;

    expect(readBicep("events/event-subscriptions.bicep").text).toContain(`blobContainerName: '${container}'`);
    expect(readBicep("access/own-access.bicep").text).toContain(`name: '${container}'`);
  });
});

describe("roles of our own", () => {
  test("can be assigned in the one scope alone", () => {
    for (const [name, scope] of [
      ["role-on-subscription", "subscription().id"],
      ["role-on-group", "resourceGroup().id"],
      ["journal", "resourceGroup().id"],
    ] as const) {
      expect(readBicep(`access/${name}.bicep`).text).toContain(`assignableScopes: [${scope}]`);
    }
  });

  test("of a management group can be assigned on it alone", () => {
    const { text } = readBicep("management-group/role-on-management-group.bicep");

    expect(text).toContain("assignableScopes: [managementGroup().id]");
    expect(text).not.toMatch(/dataActions/i);
  });

  test("of a management group are in one role all that is read, and nothing stays on the subscription", () => {
    expect(readBicep("management-group/main.bicep").text).toContain(
      "concat(managementGroupActions, subscriptionActions, readActions)",
    );
    const { text } = readBicep("access/main.bicep");
    for (const [module, condition] of [
      ["subscriptionRole", "!isManagementGroup"],
      ["readOnSubscription", "isWholeSubscription"],
      ["readOnGroup", "isResourceGroup"],
    ]) {
      expect(text).toMatch(new RegExp(`^module ${module} '.*' = if \\(${condition}\\)`, "m"));
    }
    expect(text).toContain("var isWholeSubscription = !isResourceGroup && !isManagementGroup");
  });

  test("are assigned in the layer access, and in the deployment to a management group, alone", () => {
    const assigning = bicepFiles().filter(({ text }) => text.includes("Microsoft.Authorization/"));

    for (const { file } of assigning) expect(file).toMatch(/^infra\/(?:access|management-group)\//);
  });
});

describe("the log", () => {
  const core = readBicep("core/main.bicep").text;
  const access = readBicep("access/main.bicep").text;
  const monitoring = readBicep("core/monitoring.bicep").text;
  const existing = readBicep("core/existing-insights.bicep").text;

  test("goes to a workspace that is made only where none is given", () => {
    expect(core).toContain("param existingWorkspaceId string = ''\n");
    expect(monitoring).toMatch(/^resource workspace '\S+' = if \(makesInsights && empty\(existingWorkspaceId\)\) \{$/m);
    expect(monitoring).toContain(
      "var ownWorkspaceId = empty(existingWorkspaceId) ? workspace.id : existingWorkspaceId\n",
    );
    expect(monitoring).toContain("WorkspaceResourceId: ownWorkspaceId\n");
  });

  test("goes by an Application Insights component that is made only where none is given", () => {
    for (const text of [core, access]) expect(text).toContain("param existingInsightsId string = ''\n");
    expect(monitoring).toContain("var makesInsights = empty(existingInsightsId)\n");
    expect(monitoring).toMatch(/^resource insights '\S+' = if \(makesInsights\) \{$/m);
    expect(monitoring).toContain("output insightsId string = makesInsights ? insights.id : existingInsightsId\n");
  });

  test("goes by one that is there already, wherever it is, without altering it", () => {
    const inItsGroup = /existing = \{\s+name: last\((\w+)\)\s+scope: resourceGroup\(\1\[2\], \1\[4\]\)\s+\}/;

    expect(existing).toMatch(inItsGroup);
    expect(functionApp.text).toMatch(inItsGroup);
    expect(functionApp.text).toContain("var insightsParts = split(insightsId, '/')\n");
    expect([...existing.matchAll(/^resource .*$/gm)].map(([line]) => line)).toEqual([
      expect.stringMatching(/ existing = \{$/),
    ]);
  });

  test("is looked for in the workspace of that component, and one without is refused", () => {
    expect(monitoring).toContain(
      "output workspaceId string = makesInsights ? ownWorkspaceId : existingInsights!.outputs.workspaceId\n",
    );
    expect(existing).toMatch(
      /^output workspaceId string = empty\(insights\.properties\.\?WorkspaceResourceId\)\s+\? fail\('EXISTING_INSIGHTS_ID names a classic component/m,
    );
  });

  test("is refused two places, since a component that is there already has its workspace", () => {
    expect(core).toMatch(
      /var givenInsightsId = empty\(existingInsightsId\) \|\| empty\(existingWorkspaceId\)\s+\? existingInsightsId\s+: fail\('EXISTING_INSIGHTS_ID goes without EXISTING_WORKSPACE_ID: /,
    );
    expect(core).toContain("existingInsightsId: givenInsightsId\n");
    expect([...core.matchAll(/\bexistingInsightsId\b(?!:)/g)]).toHaveLength(3);
  });

  test("may be sent by the service's identity to the one component, or to its own resource group", () => {
    const own = readBicep("access/own-access.bicep").text;
    const given = readBicep("access/insights-access.bicep").text;
    const publisher = /'Monitoring Metrics Publisher': '([\w-]+)'/.exec(own)?.[1];

    expect(own).toContain("var onGroup = union(toNotify, logsHere ? toLog : {})\n");
    expect(access).toContain("logsHere: empty(existingInsightsId)\n");
    expect(access).toMatch(
      /^module insightsAccess 'insights-access\.bicep' = if \(!empty\(existingInsightsId\)\) \{\s+name: .+\s+scope: resourceGroup\(insightsParts\[2\], insightsParts\[4\]\)\n/m,
    );
    expect(given).toContain(`var monitoringMetricsPublisher = '${publisher}'\n`);
    expect(given).toMatch(/roleAssignments@\S+ = \{\s+name: .+\s+scope: insights\n/);
  });

  test("gets that role by a deployment that is named for the environment, no longer than Azure takes it", () => {
    // Microsoft.Resources, swagger of the deployments: `deploymentName` has 1 to 64 characters.
    const longestDeployment = 64;
    const longestEnvironment = Number(/@maxLength\((\d+)\)\s+param environmentName string\n/.exec(access)?.[1]);
    const prefix = /^module insightsAccess [^{]+\{\s+name: '([\w-]+)\$\{environmentName\}'\n/m.exec(access)?.[1] ?? "";

    expect(prefix).not.toBe("");
    expect(longestEnvironment).toBeLessThanOrEqual(longestDeployment - prefix.length);
  });
});
