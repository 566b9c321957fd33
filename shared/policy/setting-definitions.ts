import * as z from "zod";
import { entraSettings } from "../access/entra-settings.ts";
import type { Mode } from "../baselines/baseline.ts";
import { baselines } from "../baselines/index.ts";
import { clouds } from "./clouds.ts";
import { defaultSweepSchedule, isSchedule } from "./schedule.ts";
import { type ConfiguredScope, parseConfiguredScope } from "./scopes.ts";

/** What an app setting is for: the source of docs/configuration.md. */
export interface SettingDescriptor {
  name: string;
  default: string;
  allowed: string;
  meaning: string;
}

/** A setting with its reader. */
export interface ReadSetting<Value> extends SettingDescriptor {
  /** The value, or nothing where the text is not allowed. */
  read(text: string): Value | undefined;
}

/** Where the policy file is. */
export type PolicyPlace =
  | { kind: "default" }
  | { kind: "file"; path: string }
  | { kind: "blob"; container: string; name: string };

/** The settings that are not about one baseline. */
export const generalSettings = {
  scopes: setting({
    name: "SCOPES",
    default: "",
    allowed:
      "/subscriptions/GUID, /subscriptions/GUID/resourceGroups/NAME or /providers/Microsoft.Management/managementGroups/ID, separated by commas",
    meaning:
      "Where Guard may read and write resources; of a management group, in every subscription in it, at any depth. Outside it reads only the gateway that a connection inside begins at, and which api-versions the providers of a subscription have. Empty: nothing is in scope.",
    read: readScopes,
  }),
  scopesReadSeconds: wholeNumber(
    "SCOPES_READ_SECONDS",
    300,
    1,
    3600,
    "After so many seconds Azure is asked again which subscriptions are in the management groups of SCOPES: so long a subscription that was moved into one may wait.",
  ),
  modeDefault: setting({
    name: "MODE_DEFAULT",
    default: "audit",
    allowed: "audit, approve, enforce",
    meaning: "The mode of every baseline that has none of its own: log only, wait for a person, or fix now.",
    read: readMode,
  }),
  writesPerHour: wholeNumber(
    "WRITES_PER_HOUR",
    100,
    1,
    1200,
    "The most writes in one subscription in one hour. What puts something back counts, and is never held back by it.",
  ),
  writesPerHourInTotal: wholeNumber(
    "WRITES_PER_HOUR_IN_TOTAL",
    1000,
    1,
    100_000,
    "The most writes in all subscriptions together in one hour, in the same way.",
  ),
  writesStopped: setting({
    name: "WRITES_STOPPED",
    default: "false",
    allowed: "true, false",
    meaning:
      "Stops all writes to Azure at once, but for an undo; checks and logs go on. Overrides the switch in the state table.",
    read: readBoolean,
  }),
  undoExemptHours: wholeNumber(
    "UNDO_EXEMPT_HOURS",
    24,
    1,
    2160,
    "For so many hours an undo leaves its baselines alone on the resource; then it is judged again.",
  ),
  approvalDays: wholeNumber(
    "APPROVAL_DAYS",
    7,
    1,
    90,
    "For so many days a proposed fix waits before it is proposed anew, and an approval or a rejection holds.",
  ),
  deployerTeams: setting({
    name: "DEPLOYER_TEAMS",
    default: "{}",
    allowed: 'JSON: { "object id of a service principal": ["object id of a person", ...], ... }',
    meaning:
      "The people behind service principals that deploy: what a listed one changed counts as changed by each of them, so somebody else has to approve.",
    read: readTeams,
  }),
  exemptionMostDays: wholeNumber("EXEMPTION_MOST_DAYS", 90, 1, 366, "An exemption ends after so many days at most."),
  exemptionTag: setting({
    name: "EXEMPTION_TAG",
    default: "",
    allowed: "the name of a tag, up to 512 characters, or empty",
    meaning:
      "A tag of this name on a resource asks for an exemption: it is shown with the findings, and changes nothing until a person grants it. Empty: tags ask for nothing.",
    read: (text) => (text.length <= 512 && text === text.trim() ? text : undefined),
  }),
  undoEncryptionAtRest: setting({
    name: "UNDO_ENCRYPTION_AT_REST",
    default: "false",
    allowed: "true, false",
    meaning:
      "Whether a fix that encrypted data at rest, such as transparent data encryption, may be undone, which writes it all in the clear again.",
    read: readBoolean,
  }),
  approveWithKey: setting({
    name: "APPROVE_WITH_KEY",
    default: "false",
    allowed: "true, false",
    meaning:
      "Whether a function key is enough to approve, reject, undo and exempt. These can weaken security, and a key names nobody: the journal can only say that a key was used.",
    read: readBoolean,
  }),
  ...entraSettings,
  breakerFixes: wholeNumber(
    "BREAKER_FIXES",
    3,
    1,
    100,
    "So many proven fixes of one baseline on one resource within BREAKER_WINDOW_MINUTES open the breaker.",
  ),
  breakerWindowMinutes: wholeNumber("BREAKER_WINDOW_MINUTES", 60, 1, 1440, "The window of BREAKER_FIXES, in minutes."),
  leaseSeconds: wholeNumber(
    "LEASE_SECONDS",
    90,
    15,
    600,
    "How long a worker holds a resource without renewing, in seconds.",
  ),
  requestTimeoutSeconds: wholeNumber(
    "REQUEST_TIMEOUT_SECONDS",
    20,
    1,
    120,
    "When a request to Azure is given up, in seconds. Must be less than half of LEASE_SECONDS.",
  ),
  journalRetentionDays: wholeNumber(
    "JOURNAL_RETENTION_DAYS",
    0,
    0,
    36_500,
    "For so many days the journal's entries are kept; each night what is older goes. 0: for ever, and the only value beside JOURNAL_STORAGE, where nothing is taken away.",
  ),
  notificationTopic: setting({
    name: "NOTIFICATION_TOPIC",
    default: "",
    allowed: "the https URL of an Event Grid topic for CloudEvents, or empty",
    meaning: "Who is told what was done and what waits. Empty: nobody.",
    read: (text) => (text === "" || isHttpsUrl(text) ? text : undefined),
  }),
  notificationWindowSeconds: wholeNumber(
    "NOTIFICATION_WINDOW_SECONDS",
    60,
    0,
    3600,
    "For so many seconds a notification waits for more findings of the same deployment.",
  ),
  sweepSchedule: setting({
    name: "SWEEP_SCHEDULE",
    default: defaultSweepSchedule,
    allowed: "an NCRONTAB expression with six fields, seconds first",
    meaning: "When a sweep over all scopes starts. Read when the app starts.",
    read: (text) => (isSchedule(text) ? text : undefined),
  }),
  policyFile: setting({
    name: "POLICY_FILE",
    default: "",
    allowed: "a path in the app's folder, an absolute path, or blob:CONTAINER/NAME in the service's storage account",
    meaning:
      "The policy file, see docs/policy.md. Empty: guard.policy.yaml beside host.json, where there is one. Where there is a policy file, the settings MODE and PARAMETERS of baselines count for nothing.",
    read: readPolicyPlace,
  }),
  policyReadSeconds: wholeNumber(
    "POLICY_READ_SECONDS",
    60,
    1,
    3600,
    "The policy file is looked at again when that was longer ago than so many seconds.",
  ),
  policyTrustedMinutes: wholeNumber(
    "POLICY_TRUSTED_MINUTES",
    10,
    1,
    1440,
    "No write is made by a copy of the policy that could not be read again for so many minutes.",
  ),
  cloud: setting({
    name: "CLOUD",
    default: "public",
    allowed: "public, usgovernment, china, custom",
    meaning: "The Azure cloud. `custom` takes ARM_ENDPOINT and ARM_AUDIENCE.",
    read: (text) => (text === "custom" || Object.hasOwn(clouds, text) ? text : undefined),
  }),
  armEndpoint: setting({
    name: "ARM_ENDPOINT",
    default: "",
    allowed: "an https URL; only with CLOUD=custom",
    meaning: "Where Azure Resource Manager is, for a custom cloud.",
    read: (text) => (text === "" || isHttpsUrl(text) ? text : undefined),
  }),
  armAudience: setting({
    name: "ARM_AUDIENCE",
    default: "",
    allowed: "an https URL; only with CLOUD=custom",
    meaning: "The audience of tokens for Azure Resource Manager, for a custom cloud.",
    read: (text) => (text === "" || isHttpsUrl(text) ? text : undefined),
  }),
  storageApiVersion: setting({
    name: "STORAGE_API_VERSION",
    default: "2025-06-01",
    allowed:
      "an api-version of Microsoft.Storage, YYYY-MM-DD, 2025-06-01 or later to know encryption in transit of file shares",
    meaning: "The api-version of requests to Microsoft.Storage. Sovereign clouds may lag behind.",
    read: (text) => (/^20\d\d-\d\d-\d\d(-preview)?$/.test(text) ? text : undefined),
  }),
  sqlApiVersion: setting({
    name: "SQL_API_VERSION",
    default: "2021-11-01",
    allowed: "an api-version of Microsoft.Sql, YYYY-MM-DD, 2020-08-01-preview or later",
    meaning: "The api-version of requests to Microsoft.Sql. Sovereign clouds may lag behind.",
    read: (text) => (/^202\d-\d\d-\d\d(-preview)?$/.test(text) ? text : undefined),
  }),
  networkApiVersion: setting({
    name: "NETWORK_API_VERSION",
    default: "2024-05-01",
    allowed: "an api-version of Microsoft.Network, YYYY-MM-DD",
    meaning: "The api-version of requests to Microsoft.Network. Sovereign clouds may lag behind.",
    read: (text) => (/^20\d\d-\d\d-\d\d$/.test(text) ? text : undefined),
  }),
  identityClientId: setting({
    name: "AZURE_CLIENT_ID",
    default: "",
    allowed: "the client id (GUID) of a user-assigned managed identity, or empty for the system-assigned one",
    meaning: "Which managed identity reads and writes.",
    read: (text) => (text === "" || z.guid().safeParse(text).success ? text : undefined),
  }),
};

/** Settings that are needed whatever the others say, or that the Functions host itself reads. They are listed for their readers, not checked here. */
const readElsewhere: SettingDescriptor[] = [
  {
    name: "DEAD_LETTER_CONTAINER",
    default: "dead-letters",
    allowed: "the name of a blob container in the storage account of AzureWebJobsStorage",
    meaning: "Where Event Grid leaves events that it could not deliver; the waker takes them up.",
  },
  {
    name: "JOURNAL_STORAGE",
    default: "(that of AzureWebJobsStorage)",
    allowed:
      "the https URL of a storage account's blob service, reached by the identity of AzureWebJobsStorage__clientId; or a connection string",
    meaning:
      "The storage account of the journal. It needs to read and append only. Set before the first start: entries in another account are not found.",
  },
  {
    name: "AzureWebJobsStorage",
    default: "(required)",
    allowed:
      "a connection string, or AzureWebJobsStorage__accountName with an identity; with CLOUD=custom AzureWebJobsStorage__blobServiceUri, __queueServiceUri and __tableServiceUri",
    meaning: "The storage account of queues and state tables, and of the journal unless JOURNAL_STORAGE names another.",
  },
  {
    name: "AzureWebJobsStorage__clientId",
    default: "(the system-assigned identity)",
    allowed: "the client id (GUID) of a user-assigned managed identity",
    meaning: "Which managed identity reaches the storage account.",
  },
];

/** Every app setting with its default, for docs/configuration.md. */
export function settingDescriptors(): SettingDescriptor[] {
  const own = Object.values(generalSettings).map(({ name, default: byDefault, allowed, meaning }) => ({
    name,
    default: byDefault,
    allowed,
    meaning,
  }));
  const perBaseline = baselines.flatMap((baseline) => [
    {
      name: modeSetting(baseline.id),
      default: baseline.modeUnlessSet ?? "(MODE_DEFAULT)",
      allowed: "audit, approve, enforce",
      meaning: `The mode of the baseline ${baseline.id}.`,
    },
    {
      name: parametersSetting(baseline.id),
      default: "{}",
      allowed: `JSON, see docs/baselines/${baseline.id.replace("/", "-")}.md`,
      meaning: `The parameters of the baseline ${baseline.id}.`,
    },
  ]);
  return [...own, ...perBaseline, ...readElsewhere];
}

/** The app setting that holds a baseline's mode, e.g. `MODE_STORAGE_SECURE_TRANSFER`. */
export function modeSetting(baselineId: string): string {
  return `MODE_${upperCased(baselineId)}`;
}

/** The app setting that holds a baseline's parameters as JSON, e.g. `PARAMETERS_STORAGE_SECURE_TRANSFER`. */
export function parametersSetting(baselineId: string): string {
  return `PARAMETERS_${upperCased(baselineId)}`;
}

function upperCased(baselineId: string): string {
  return baselineId.toUpperCase().replace(/[^A-Z0-9]+/g, "_");
}

function readScopes(text: string): ConfiguredScope[] | undefined {
  const parts = text.split(",").map((part) => part.trim());
  const scopes = parts.filter((part) => part !== "").map(parseConfiguredScope);
  return scopes.every((scope) => scope !== undefined) ? scopes : undefined;
}

/** A mode by its name; nothing where it is none. */
export function readMode(text: string): Mode | undefined {
  return text === "audit" || text === "approve" || text === "enforce" ? text : undefined;
}

function readPolicyPlace(text: string): PolicyPlace | undefined {
  if (text === "") return { kind: "default" };
  const blob = /^blob:([a-z0-9](?:-?[a-z0-9]){2,62})\/(\S{1,900})$/.exec(text);
  if (blob?.[1] && blob[2]) return { kind: "blob", container: blob[1], name: blob[2] };
  return text.startsWith("blob:") || text.includes("\0") ? undefined : { kind: "file", path: text };
}

function readBoolean(text: string): boolean | undefined {
  if (text === "true") return true;
  return text === "false" ? false : undefined;
}

const teamsSchema = z.record(z.guid(), z.array(z.guid()));

function readTeams(text: string): Map<string, string[]> | undefined {
  const parsed = teamsSchema.safeParse(jsonIn(text));
  if (!parsed.success) return undefined;
  return new Map(
    Object.entries(parsed.data).map(([deployer, people]) => [
      deployer.toLowerCase(),
      people.map((person) => person.toLowerCase()),
    ]),
  );
}

/** Nothing where it is none, which no schema takes for a value. */
function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isHttpsUrl(text: string): boolean {
  return URL.canParse(text) && new URL(text).protocol === "https:";
}

function wholeNumber(
  name: string,
  byDefault: number,
  least: number,
  most: number,
  meaning: string,
): ReadSetting<number> {
  return {
    name,
    default: String(byDefault),
    allowed: `a whole number from ${least} to ${most}`,
    meaning,
    read(text) {
      const value = Number(text);
      return /^\d+$/.test(text) && value >= least && value <= most ? value : undefined;
    },
  };
}

function setting<Value>(of: ReadSetting<Value>): ReadSetting<Value> {
  return of;
}
