import * as z from "zod";
import { type Json, type JsonObject, valueAt } from "../../json.ts";
import { defineBaseline, type Finding, type Guard, type Resource } from "../baseline.ts";
import { daysAsPeriod, secondsOfPeriod } from "./sas-period.ts";

const periodPath = "properties.sasPolicy.sasExpirationPeriod";
const actionPath = "properties.sasPolicy.expirationAction";
const sharedKeyPath = "properties.allowSharedKeyAccess";

const parameters = z.strictObject({
  maximumDays: z
    .int()
    .min(1)
    .max(365)
    .default(7)
    .describe("The longest SAS expiration period that is compliant, in days, and the one that the fix sets."),
  expirationAction: z
    .enum(["Log", "Block"])
    .default("Log")
    .describe(
      "What the account does about a SAS that is valid for longer: log it, or refuse it. An account's own Block is always as good; setting Block waits for a person.",
    ),
  allowSharedKeyAccess: z
    .boolean()
    .default(true)
    .describe(
      "Whether requests signed with an account key may be accepted. When false, the account must refuse them; setting that waits for a person.",
    ),
});

type SasExpirationParameters = z.infer<typeof parameters>;

/**
 * The service refuses a SAS policy, and the whole update with it, while a key was never rotated.
 *
 * Source: https://learn.microsoft.com/azure/storage/common/sas-expiration-policy#do-i-need-to-rotate-the-account-access-keys-first
 */
const keysNeverRotated: Guard<SasExpirationParameters> = {
  id: "keys-never-rotated",
  title: "An account key was never rotated, so the service refuses a SAS policy",
  parts: [],
  evaluate(resource, parameters) {
    if (sasPolicyToSet(resource, parameters) === undefined) return undefined;
    const keys = ["key1", "key2"].filter((key) => !hasCreationTime(resource, key));
    if (keys.length === 0) return undefined;
    return {
      reason: `The account tells no creation time of ${keys.join(" and ")}: never rotated, so the service refuses a SAS policy.`,
      mayBreak: "The service refuses the update as a whole, and nothing is changed.",
      advice: "Rotate both account keys, moving their users one key at a time; the next check then finds the way free.",
      allowed: false,
    };
  },
};

/**
 * Block refuses SAS that worked, also those without a start time, and does not work for service SAS with a stored access
 * policy. Without shared key access no account or service SAS works at all; user delegation SAS does.
 *
 * Sources: https://learn.microsoft.com/azure/storage/common/sas-expiration-policy and
 * https://learn.microsoft.com/azure/storage/common/shared-key-authorization-prevent
 */
const refusesClients: Guard<SasExpirationParameters> = {
  id: "refuses-clients",
  title: "The fix makes the account refuse SAS tokens or account keys that it accepts today",
  parts: [],
  evaluate(resource, parameters) {
    const blocks = isBlock(sasPolicyToSet(resource, parameters)?.expirationAction);
    const endsSharedKey = mustEndSharedKey(resource, parameters);
    if (!blocks && !endsSharedKey) return undefined;
    const settings: string[] = [];
    const broken: string[] = [];
    if (blocks) {
      settings.push("a SAS policy that blocks");
      broken.push("every SAS that is valid for longer than the policy's period or has no start time");
    }
    if (endsSharedKey) {
      settings.push("allowSharedKeyAccess false");
      broken.push("every request signed with an account key, every account SAS and every service SAS");
    }
    return {
      reason: `The fix sets ${settings.join(" and ")}.`,
      mayBreak: `The account then refuses ${broken.join(", and ")}.`,
      advice:
        "Find the clients in the account's diagnostic logs (authentication type, SasExpiryStatus), move them to Microsoft Entra ID or short-lived user delegation SAS, then approve the remediation.",
      allowed: false,
    };
  },
};

/**
 * SAS expiration policy: the account tells how long a shared access signature may be valid.
 *
 * It protects against tokens that stay usable for years after they leaked. With the action Log the fix changes nothing for
 * clients: a longer SAS is logged and works. Block and the end of shared key access do refuse clients, so they are set by
 * parameter and approval only. It says nothing about HTTPS. The service refuses the whole update while a key was never
 * rotated, so it is never written together with other baselines, and the mode is audit where nothing else was chosen.
 *
 * Sources: https://learn.microsoft.com/azure/storage/common/sas-expiration-policy; Microsoft.Storage `SasPolicy`
 * (`sasExpirationPeriod` DD.HH:MM:SS and `expirationAction`, both required, so always sent together), `keyCreationTime`.
 */
export const sasExpiration = defineBaseline({
  id: "storage/sas-expiration",
  title: "Storage accounts limit how long a SAS is valid",
  protects:
    "Against shared access signatures (SAS) that stay usable long after they leaked: the account's SAS policy names the longest period for which a SAS may be valid, and logs or blocks those that are valid for longer.",
  compliant:
    "`properties.sasPolicy.sasExpirationPeriod` (DD.HH:MM:SS) is set to at most `maximumDays`, and `properties.sasPolicy.expirationAction` is the one that the parameters ask for or `Block`. A shorter period of your own stays. When `allowSharedKeyAccess` is set to false, `properties.allowSharedKeyAccess` must be `false` as well; absent counts as `true`.",
  mayBreak:
    "With the action `Log`, nothing: a longer SAS works and is logged. With `Block`, a SAS that is valid for longer than the period, or has no start time, is refused; Block does not work for service SAS with a stored access policy. Without shared key access, requests signed with an account key, account SAS and service SAS are refused. Both always wait for a person.",
  resourceType: "Microsoft.Storage/storageAccounts",
  operations: [{ name: "Microsoft.Storage/storageAccounts/write" }],
  readPermissions: ["Microsoft.Storage/storageAccounts/read"],
  fixPermissions: ["Microsoft.Storage/storageAccounts/write"],
  controls: {
    azurePolicy: ["bc1b984e-ddae-40cc-801a-050a030e4fbe"],
    microsoftCloudSecurityBenchmark: [],
    cis: [],
    nist80053r5: [],
    pciDss4: [],
    iso27001: [],
  },
  parameters,
  owns: [periodPath, actionPath, sharedKeyPath],
  parts: [],
  modeUnlessSet: "audit",
  writtenAlone: true,
  check(resource, parameters) {
    const findings: Finding[] = [];
    const period = at(resource, periodPath);
    if (!isShortEnough(period, parameters)) {
      const expected = `at most ${daysAsPeriod(parameters.maximumDays)}`;
      findings.push({ path: periodPath, expected, actual: period, remedy: "fix" });
    }
    const action = at(resource, actionPath);
    if (!isStrongEnough(action, parameters)) {
      const expected = parameters.expirationAction === "Block" ? "Block" : "Log or Block";
      findings.push({ path: actionPath, expected, actual: action, remedy: "fix" });
    }
    if (mustEndSharedKey(resource, parameters)) {
      findings.push({ path: sharedKeyPath, expected: "false", actual: at(resource, sharedKeyPath), remedy: "fix" });
    }
    return findings;
  },
  fix(resource, parameters) {
    const properties: JsonObject = {};
    const sasPolicy = sasPolicyToSet(resource, parameters);
    if (sasPolicy !== undefined) properties.sasPolicy = sasPolicy;
    if (mustEndSharedKey(resource, parameters)) properties.allowSharedKeyAccess = false;
    return Object.keys(properties).length === 0 ? [] : [{ part: "", patch: { properties } }];
  },
  guards: [keysNeverRotated, refusesClients],
});

/** The SAS policy that the fix sends: whichever of its two values holds stays as it is. Nothing where both hold. */
function sasPolicyToSet(resource: Resource, parameters: SasExpirationParameters): JsonObject | undefined {
  const period = at(resource, periodPath);
  const action = at(resource, actionPath);
  const periodHolds = isShortEnough(period, parameters);
  const actionHolds = isStrongEnough(action, parameters);
  if (periodHolds && actionHolds) return undefined;
  return {
    sasExpirationPeriod: periodHolds ? period : daysAsPeriod(parameters.maximumDays),
    expirationAction: actionHolds ? action : parameters.expirationAction,
  };
}

function isShortEnough(period: Json, parameters: SasExpirationParameters): boolean {
  const seconds = secondsOfPeriod(period);
  return seconds !== undefined && seconds <= parameters.maximumDays * 86_400;
}

function isStrongEnough(action: Json, parameters: SasExpirationParameters): boolean {
  return isBlock(action) || (parameters.expirationAction === "Log" && action === "Log");
}

function isBlock(action: Json | undefined): boolean {
  return action === "Block";
}

function mustEndSharedKey(resource: Resource, parameters: SasExpirationParameters): boolean {
  return !parameters.allowSharedKeyAccess && at(resource, sharedKeyPath) !== false;
}

function hasCreationTime(resource: Resource, key: string): boolean {
  const time = at(resource, `properties.keyCreationTime.${key}`);
  return typeof time === "string" && time !== "";
}

function at(resource: Resource, path: string): Json {
  return valueAt(resource.body, path) ?? null;
}
