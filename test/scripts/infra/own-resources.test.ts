import { expect, test } from "vitest";
import type { GroupResource } from "../../../scripts/infra/group-resources.ts";
import { ownResources } from "../../../scripts/infra/own-resources.ts";

const group = "/subscriptions/a0000000-0000-4000-8000-000000000001/resourceGroups/rg-guard";
const own = { "azd-env-name": "production" };
const component = resource("Microsoft.Insights/components", "appi", own);
const theirComponent = resource("Microsoft.Insights/components", "theirs");
const smartGroup = resource("Microsoft.Insights/actionGroups", "Application Insights Smart Detection");

test("takes what has the tag of this environment, and nothing of another one or of nobody", () => {
  const others = [
    resource("Microsoft.KeyVault/vaults", "key"),
    resource("Microsoft.Web/sites", "other", { "azd-env-name": "production-2" }),
  ];

  expect(ownResources([component, ...others], "production")).toEqual([component]);
});

test("takes a system topic that connect made there", () => {
  const topic = resource("Microsoft.EventGrid/systemTopics", "evgs", { "azure-encryption-guard": "connect" });

  expect(ownResources([topic], "production")).toEqual([topic]);
});

test("takes the network interface of its own private endpoint, and no other one", () => {
  const endpoint = resource("Microsoft.Network/privateEndpoints", "pe-app", own);
  const follower = resource("Microsoft.Network/networkInterfaces", "pe-app.nic.c0ffee");
  const others = [
    resource("Microsoft.Network/privateEndpoints", "pe-theirs"),
    resource("Microsoft.Network/networkInterfaces", "pe-theirs.nic.c0ffee"),
    resource("Microsoft.Network/networkInterfaces", "pe-app-2.nic.c0ffee"),
  ];

  expect(ownResources([endpoint, follower, ...others], "production")).toEqual([endpoint, follower]);
});

test.each([
  ["its component is there", [component]],
  ["its component went with an earlier run", []],
])("takes the rule of smart detection, and leaves its action group, where %s", (_, components) => {
  const rule = resource("microsoft.alertsmanagement/smartDetectorAlertRules", "Failure Anomalies - appi");

  expect(ownResources([rule, smartGroup, ...components], "production")).toEqual([rule, ...components]);
});

test("leaves smart detection of somebody else's component", () => {
  const rule = resource("microsoft.alertsmanagement/smartDetectorAlertRules", "Failure Anomalies - appi");
  const theirs = resource("microsoft.alertsmanagement/smartDetectorAlertRules", "Failure Anomalies - Theirs");

  const found = ownResources([component, rule, theirComponent, theirs], "production");
  expect(found).toEqual([component, rule]);
});

function resource(type: string, name: string, tags: Record<string, string> = {}): GroupResource {
  return { id: `${group}/providers/${type}/${name}`, type, tags };
}
