import { describe, expect, test } from "vitest";
import { type BicepFile, layers, listIn, readBicep } from "./bicep-files.ts";

const access = readBicep("access/main.bicep");
const core = readBicep("core/main.bicep");
const events = readBicep("events/main.bicep");
const privateAccess = readBicep("access/private-access.bicep");
const functionApp = readBicep("core/function-app.bicep");
const storage = readBicep("access/storage.bicep");
const journal = readBicep("access/journal.bicep");
const endpoint = readBicep("private-endpoint.bicep");
const zone = readBicep("private-dns-zone.bicep");

describe("a deployment is public", () => {
  test.each(layers)("in the layer %s unless somebody asks for a private one", (layer) => {
    expect(readBicep(`${layer}/main.bicep`).text).toContain(
      "@allowed(['public', 'private'])\nparam network string = 'public'\n",
    );
  });

  test("and open again, in what is written each time, once somebody went back", () => {
    for (const { text } of [storage, journal]) expect(text).toContain("defaultAction: isPrivate ? 'Deny' : 'Allow'");
    for (const { text } of [journal, functionApp]) {
      expect(text).toContain("publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'");
    }
  });
});

describe("a private deployment", () => {
  test("lets nobody reach the storage accounts from the internet, but Event Grid the one that it writes to", () => {
    expect(settingsOf(storage, "account")).toMatchObject({
      publicNetworkAccess: "'Enabled'",
      networkAcls: "{ bypass: 'AzureServices', defaultAction: isPrivate ? 'Deny' : 'Allow' }",
    });
    expect(settingsOf(journal, "account")).toMatchObject({
      publicNetworkAccess: "isPrivate ? 'Disabled' : 'Enabled'",
      networkAcls: "{ bypass: 'None', defaultAction: isPrivate ? 'Deny' : 'Allow' }",
    });
    for (const name of ["storage", "journal"]) {
      expect(moduleIn(access, name)).toMatch(/\bisPrivate: isPrivate\b/);
    }
  });

  test("has an endpoint for each service of storage that the app is told to use, and for no other", () => {
    const used = [...functionApp.text.matchAll(/: (account|journal)\.properties\.primaryEndpoints\.(\w+)/g)].map(
      ([, account, service]) => `${account === "account" ? "storageName" : "journalName"}/${service}`,
    );
    const reached = [...privateAccess.text.matchAll(/\{ account: (\w+), service: '(\w+)' \}/g)].map(
      ([, account, service]) => `${account}/${service}`,
    );

    expect(used).toHaveLength(4);
    expect(reached.sort()).toEqual(used.sort());
    expect(moduleIn(privateAccess, "accountEndpoints")).toContain("for endpoint in endpoints: {");
    // An account that is busy with one connection refuses the next.
    expect(privateAccess.text).toContain("@batchSize(1)\nmodule accountEndpoints ");
  });

  test("has a zone for each of these services, named as Azure asks for in any cloud, and registered by its endpoint", () => {
    const services = [...privateAccess.text.matchAll(/\{ account: \w+, service: '(\w+)' \}/g)].map(
      ([, service = ""]) => service,
    );

    expect(listIn(privateAccess, "services").sort()).toEqual([...new Set(services)].sort());
    expect(privateAccess.text).toContain("var suffix = environment().suffixes.storage\n");
    expect(moduleIn(privateAccess, "zones")).toMatch(/name: 'privatelink\.\$\{service\}\.\$\{suffix\}'/);
    expect(moduleIn(privateAccess, "accountEndpoints")).toMatch(
      /makesZones \? resourceId\('\S+\/privateDnsZones', 'privatelink\.\$\{endpoint\.service\}\.\$\{suffix\}'\) : ''/,
    );
    expect(endpoint.text).toMatch(/privateDnsZoneGroups@\S+' = if \(!empty\(zoneId\)\) \{\s+parent: endpoint\n/);
  });

  test("leads names of the zones to nobody but the network of the app", () => {
    expect(zone.text).toMatch(/registrationEnabled: false\s+virtualNetwork: \{ id: networkId \}/);
    expect(moduleIn(privateAccess, "zones")).toContain("networkId: first(split(integrationSubnet, '/subnets/'))");
    expect(moduleIn(core, "appZone")).toContain("networkId: first(split(integrationSubnetId, '/subnets/'))");
  });

  test("makes no zones, and registers nothing, where the organisation's policy does", () => {
    expect(moduleIn(access, "privateAccess")).toContain("makesZones: privateDns == 'own'");
    expect(moduleIn(privateAccess, "zones")).toContain("for service in services: if (makesZones) {");
    expect(core.text).toContain("var makesZone = isPrivate && privateDns == 'own'\n");
    expect(core.text).toContain("module appZone '../private-dns-zone.bicep' = if (makesZone) {");
    expect(moduleIn(core, "appEndpoint")).toMatch(/zoneId: makesZone \? .+ : ''\n/);
  });

  test("makes a network with a subnet delegated to Flex Consumption and one for endpoints, where none is given", () => {
    const [integration = "", endpoints = ""] = privateAccess.text.split("name: 'endpoints'");

    expect(privateAccess.text).toContain("var makesNetwork = empty(givenIntegrationSubnetId)\n");
    expect(privateAccess.text).toMatch(/resource network '\S+' = if \(makesNetwork\) \{/);
    expect(integration).toContain("serviceName: 'Microsoft.App/environments'");
    expect(endpoints).not.toContain("delegations:");
    // The app's subnet has to be a /27 at least; both halves of the smallest network are.
    expect(access.text).toContain("empty(networkPrefix) ? '10.64.0.0/26' : networkPrefix");
    expect(access.text).toContain("integrationPrefix: cidrSubnet(prefix, 27, 0)");
    expect(access.text).toContain("endpointPrefix: cidrSubnet(prefix, 27, 1)");
  });

  test("gives the app no door but its endpoint, and a way out by the subnet that the layer access put out", () => {
    expect(functionApp.text).toContain(
      "virtualNetworkSubnetId: empty(integrationSubnetId) ? null : integrationSubnetId",
    );
    expect(moduleIn(core, "functionApp")).toMatch(/isPrivate: isPrivate\s+integrationSubnetId: integrationSubnetId\n/);
    expect(moduleIn(core, "appEndpoint")).toContain("service: 'sites'");
    // Azure's zone for apps has no name in Bicep: it is the host without the app.
    expect(functionApp.text).toMatch(
      /'privatelink\.\$\{join\(skip\(split\(app\.properties\.defaultHostName, '\.'\), 1\), '\.'\)\}'/,
    );
    expect(moduleIn(core, "appZone")).toContain("name: functionApp.outputs.privateZone");
    for (const name of ["GUARD_INTEGRATION_SUBNET_ID", "GUARD_ENDPOINT_SUBNET_ID"]) {
      expect(access.text).toContain(`output ${name} string = isPrivate ? `);
    }
  });

  test("lets Event Grid in by the topic's own identity, the only one that storage behind a firewall takes from it", () => {
    const topic = readBicep("system-topic.bicep");
    const eventSubscriptions = readBicep("events/event-subscriptions.bicep").text;

    expect(topic.text).toContain("type: hasOwnIdentity ? 'SystemAssigned, UserAssigned' : 'UserAssigned'\n");
    expect(access.text).toContain("module topic '../system-topic.bicep' = if (isPrivate) {");
    expect(moduleIn(access, "topic")).toContain("hasOwnIdentity: true");
    // The layer access gives it its roles, so that the layer events needs no right to.
    expect(moduleIn(access, "ownAccess")).toContain(
      "deliveryPrincipalId: isPrivate ? topic!.outputs.ownPrincipalId : identities.outputs.deliveryPrincipalId",
    );
    expect(events.text).toContain("module topic '../system-topic.bicep' = if (makesTopic && isPublic) {");
    expect(moduleIn(events, "eventSubscriptions")).toContain("usesOwnIdentity: !isPublic");
    expect(eventSubscriptions).toMatch(/deliveryIdentity = usesOwnIdentity\s+\? \{ type: 'SystemAssigned' \}/);
    expect([...eventSubscriptions.matchAll(/identity: deliveryIdentity\n/g)]).toHaveLength(2);
  });

  test("is refused where events would go to the function, or the subnets are not known", () => {
    expect(access.text).toMatch(
      /isPrivate = network == 'public'\s+\? false\s+: eventDelivery == 'queue' \? true : fail\('NETWORK=private needs EVENT_DELIVERY=queue: /,
    );
    expect(events.text).toMatch(/isPublic = network == 'public'\n/);
    expect(events.text).toMatch(/: isPublic \? false : fail\('NETWORK=private needs EVENT_DELIVERY=queue: /);
    expect(moduleIn(access, "privateAccess")).toMatch(
      /hasBothSubnets\s+\? integrationSubnetId\s+: fail\('Set INTEGRATION_SUBNET_ID and ENDPOINT_SUBNET_ID, or neither\.'\)/,
    );
    expect(core.text).toMatch(
      /isPrivate = network == 'public'\s+\? false\s+: empty\(integrationSubnetId\) \? fail\('NETWORK=private: provision the layer access/,
    );
  });
});

test("events by the queue are refused on a topic that is somebody else's", () => {
  expect(events.text).toMatch(/makesTopic \? true : fail\('EVENT_DELIVERY=queue goes without EXISTING_TOPIC_ID: /);
  expect(moduleIn(events, "eventSubscriptions")).toContain("isByQueue: isByQueue\n");
});

/** The text of a module's declaration. */
function moduleIn({ file, text }: BicepFile, name: string): string {
  const found = new RegExp(`^module ${name} '[\\s\\S]*?^[}\\]]`, "m").exec(text)?.[0];
  if (found === undefined) throw new Error(`${file} has no module ${name}`);
  return found;
}

/** The properties of a resource that stand in one line each, as they are written. */
function settingsOf({ file, text }: BicepFile, name: string): Record<string, string> {
  const found = new RegExp(`^resource ${name} '[\\s\\S]*?^}`, "m").exec(text)?.[0];
  if (found === undefined) throw new Error(`${file} has no resource ${name}`);
  return Object.fromEntries([...found.matchAll(/^ {4}(\w+): (.+)$/gm)].map(([, key = "", value = ""]) => [key, value]));
}
