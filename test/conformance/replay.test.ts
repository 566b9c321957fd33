import { afterEach, describe, expect, it } from "vitest";
import { isJsonObject } from "../../emulator/arm/json.ts";
import { type ManualClock, manualClock } from "../../emulator/clock.ts";
import { type LocalArm, type Received, startLocalArm } from "../emulator/arm/local-arm.ts";
import { hasShared, type Recorded, readRecording, type Scenario, shapeOf } from "./recordings.ts";
import { sqlScenarios } from "./sql-scenarios.ts";

/** Headers that the emulator does not send, each with its reason. */
const headersNotSent: [RegExp, string][] = [
  [/^date$/, "sent by the server with the machine's own time"],
  [/-global-/, "counts of all callers together, which no client reads"],
  [/^x-ms-throttling-version$/, "undocumented"],
  [/^x-ms-original-request-ids$/, "made by ARM's fan-out over regions"],
];

/** Property paths of recorded answers that may differ, each with its reason. */
const shapeDeviations: [RegExp, string][] = [
  [/^\.error\.details\[\]\./, "the position of a parser failure is where our own parser stopped"],
  [/^\.data\[\]\.(properties|tags)/, "the recorded rows are of types that are not emulated"],
  [
    /^\.properties\.allow(RemoteVnet|VirtualWan)Traffic/,
    "recorded in 2024, not yet in 2023, with the same api-version",
  ],
  [/^\.tags\./, "tags that other policies of the recorded subscription added"],
  [/^\.properties\.isIPv6Enabled/, "recorded since 2024, not in 2023, with the same api-version"],
];

const subscription = "/subscriptions/00000000-0000-0000-0000-000000000000";
const scenarios: Scenario[] = [
  { recording: "storage-account-create", seeds: [[`${subscription}/resourceGroups/clitest.rg000001`, {}]] },
  { recording: "storage-account-crud", seeds: [[`${subscription}/resourceGroups/clitest.rg000001`, { tags: {} }]] },
  {
    recording: "storage-account-min-tls",
    seeds: [
      [
        `${subscription}/resourceGroups/cli_storage_account000001/providers/Microsoft.Storage/storageAccounts/tls000002`,
        { kind: "Storage" },
      ],
    ],
  },
  {
    recording: "storage-account-sas-key-policy",
    seeds: [[`${subscription}/resourceGroups/cli_storage_account000001`, { location: "eastus", tags: {} }]],
  },
  {
    recording: "storage-account-nfs",
    seeds: [[`${subscription}/resourceGroups/cli_storage_account000001`, { tags: {} }]],
  },
  {
    recording: "storage-account-404",
    seeds: [
      [
        `${subscription}/resourceGroups/clitest.rg000001/providers/Microsoft.Storage/storageAccounts/clitest000002`,
        { kind: "Storage" },
      ],
    ],
  },
  {
    recording: "storage-file-service-smb",
    seeds: [
      [
        `${subscription}/resourceGroups/cli_file_smb000001/providers/Microsoft.Storage/storageAccounts/filesmb000002`,
        { kind: "FileStorage", sku: { name: "Premium_LRS" } },
      ],
    ],
  },
  {
    recording: "storage-file-service-409",
    seeds: [
      [
        `${subscription}/resourceGroups/cli_file_smb000001/providers/Microsoft.Storage/storageAccounts/filesmb1000002`,
        { kind: "FileStorage", sku: { name: "Premium_LRS" } },
      ],
      [
        `${subscription}/resourceGroups/cli_file_smb000001/providers/Microsoft.Storage/storageAccounts/filesmb2000003`,
        {},
      ],
    ],
  },
  {
    recording: "storage-file-service-encryption-in-transit",
    seeds: [
      [
        `${subscription}/resourceGroups/cli_file_eit000001/providers/Microsoft.Storage/storageAccounts/fileeit000002`,
        { kind: "FileStorage", sku: { name: "Premium_LRS" } },
      ],
    ],
  },
  {
    recording: "resource-lock",
    seeds: [[`${subscription}/resourceGroups/cli_test_readonly_resource_lock000001`, { tags: {} }]],
  },
  {
    recording: "resource-group",
    seeds: [
      [
        `${subscription}/resourceGroups/cli_rg_nowait_test000001`,
        { tags: { product: "azurecli", cause: "automation", date: "2023-02-07T11:22:45Z" } },
      ],
    ],
  },
  { recording: "role-definition" },
  { recording: "role-assignment", seeds: [[`${subscription}/resourceGroups/cli_role_assign000001`, {}]] },
  {
    recording: "resource-graph",
    seeds: [1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => [
      `${subscription}/resourceGroups/graph/providers/Microsoft.Storage/storageAccounts/graph${n}`,
      {},
    ]),
  },
  {
    recording: "vpn-connection-ipsec",
    seeds: [[`${subscription}/resourceGroups/cli_test_vpn_connection_ipsec000001`, { tags: {} }]],
  },
  {
    recording: "vpn-vnet2vnet",
    seeds: [[`${subscription}/resourceGroups/cli_test_active_active_vnet_vnet_connection000001`, { tags: {} }]],
  },
  {
    recording: "vpn-gateway-429",
    seeds: [
      [`${subscription}/resourceGroups/test_network_vpn_connection_nat_rule000001`, { tags: {} }],
      [
        `${subscription}/resourceGroups/test_network_vpn_connection_nat_rule000001/providers/Microsoft.Network/publicIPAddresses/ip-name`,
        {},
      ],
      [
        `${subscription}/resourceGroups/test_network_vpn_connection_nat_rule000001/providers/Microsoft.Network/virtualNetworks/vnet/subnets/GatewaySubnet`,
        {},
      ],
    ],
  },
  {
    recording: "local-network-gateway",
    seeds: [[`${subscription}/resourceGroups/local_gateway_scenario000001`, { tags: {} }]],
  },
  ...sqlScenarios,
];

let local: LocalArm | undefined;
afterEach(() => local?.arm.close());

describe.skipIf(!hasShared)("recorded requests get answers like the recorded ones", () => {
  it.each(scenarios)("$recording", async ({ recording, seeds = [] }) => {
    const pairs = readRecording(recording).filter(isEmulated).filter(isNotAnExtraPoll);
    const clock = manualClock(timeOf(pairs[0]));
    local = await startLocalArm({ clock, durationScale: 1 });
    for (const [id, body] of seeds) local.arm.seed(id, body);
    const differences: string[] = [];
    let headers: Record<string, string> = {};
    for (const [index, pair] of pairs.entries()) {
      await advanceTo(clock, timeOf(pair));
      const answer = await replay(local, pair, headers);
      headers = { ...headers, ...answer.headers };
      for (const difference of compare(pair, answer)) {
        differences.push(`${index} ${pair.request.method} ${pair.request.url.slice(90)}: ${difference}`);
      }
    }
    expect(differences).toEqual([]);
  });
});

/** Somebody else's gateway was busy, ARM was away (503), which our own is only when it is; and groups of 2016 had no type. */
function isEmulated({ request, response }: Recorded): boolean {
  const isBusy = JSON.stringify(response.body).includes("updating resource 00000000-0000-0000-0000-000000000000");
  return !isBusy && response.status !== 503 && !request.url.endsWith("?api-version=2016-02-01");
}

/** How often a client polled says nothing: of the polls of one operation, the first and the last stay. */
function isNotAnExtraPoll(pair: Recorded, index: number, pairs: Recorded[]): boolean {
  return !(isPoll(pair) && isPoll(pairs[index - 1]) && isPoll(pairs[index + 1]));
}

function isPoll(pair: Recorded | undefined): boolean {
  return (
    pair !== undefined && /asyncoperations?\/|operationresults|operationstatuses|\/operations\//i.test(pair.request.url)
  );
}

function timeOf(pair: Recorded | undefined): number {
  return Date.parse(pair?.response.headers.date ?? "2024-01-01T00:00:00Z");
}

async function advanceTo(clock: ManualClock, time: number): Promise<void> {
  if (time > clock.now()) await clock.advance(time - clock.now());
}

async function replay({ send }: LocalArm, pair: Recorded, last: Record<string, string>): Promise<Received> {
  const { method, url, body, headers } = pair.request;
  const path = isPoll(pair) ? polledUrl(url, last) : pathOf(url, pair.response.body);
  const content = typeof body === "object" && body !== null ? { body: JSON.stringify(body) } : {};
  return send(method, path, { ...content, headers });
}

/** The recorder put mock-deployment for a deployment's name. */
function pathOf(url: string, body: unknown): string {
  const name = isJsonObject(body) ? String(body.name) : "";
  return url.replace("https://management.azure.com", "").replace("/mock-deployment?", `/${name}?`);
}

/** A status is polled by Azure-AsyncOperation, a result by Location. */
function polledUrl(recorded: string, last: Record<string, string>): string {
  const asksForStatus = /azureasyncoperation|operationstatuses|\/operations\//i.test(recorded);
  return (asksForStatus ? last["azure-asyncoperation"] : last.location) ?? "";
}

function compare({ response }: Recorded, answer: Received): string[] {
  const differences: string[] = [];
  if (answer.status !== response.status) differences.push(`status ${answer.status}, recorded ${response.status}`);
  for (const [name, value] of Object.entries(response.headers)) {
    if (headersNotSent.some(([pattern]) => pattern.test(name))) continue;
    const own = answer.headers[name];
    if (own === undefined) differences.push(`no header ${name}`);
    else if (isExact(name) && own !== value) differences.push(`${name} ${own}, recorded ${value}`);
  }
  return [...differences, ...compareBodies(response, answer.body)];
}

function compareBodies(response: Recorded["response"], own: unknown): string[] {
  if (response.body === null) return own === "" ? [] : [`body ${JSON.stringify(own)}, recorded none`];
  if (isListOfOthers(response.body)) return shapeOf(own).includes(".value: list") ? [] : ["no list"];
  const [expected, actual] = [shapeOf(response.body), shapeOf(own)];
  const missing = expected.filter((path) => !actual.includes(path)).map((path) => `missing ${path}`);
  const added = actual.filter((path) => !expected.includes(path)).map((path) => `added ${path}`);
  return [...missing, ...added].filter((text) => {
    const path = text.slice(text.indexOf(" ") + 1);
    return !shapeDeviations.some(([pattern]) => pattern.test(path));
  });
}

/** Lists over the whole subscription hold what other people had made in it, in shapes of many years; so do rows of Resource Graph. */
function isListOfOthers(body: unknown): boolean {
  const text = JSON.stringify(body);
  return /"value":\[/.test(text) && /acctest|bez-rg|cli-test-rolek2aidy7|9d0c9433/.test(text);
}

function isExact(name: string): boolean {
  return name === "content-type" || name === "x-ms-failure-cause";
}
