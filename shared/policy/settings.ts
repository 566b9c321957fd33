import type * as z from "zod";
import { signInOf } from "../access/sign-in.ts";
import type { BoundBaseline, Mode } from "../baselines/baseline.ts";
import { baselines } from "../baselines/index.ts";
import { type Cloud, clouds } from "./clouds.ts";
import type { ConfiguredScope } from "./scopes.ts";
import {
  generalSettings as general,
  modeSetting,
  type PolicyPlace,
  parametersSetting,
  type ReadSetting,
  readMode,
  settingDescriptors,
} from "./setting-definitions.ts";

/** Everything that app settings say, checked. */
export interface Settings {
  scopes: ConfiguredScope[];
  /** After so many seconds a management group is asked about again. */
  scopesReadSeconds: number;
  cloud: Cloud;
  storageApiVersion: string;
  sqlApiVersion: string;
  networkApiVersion: string;
  /** Bound baselines with the mode of each. */
  baselines: { baseline: BoundBaseline; mode: Mode }[];
  writesPerHour: number;
  writesPerHourInTotal: number;
  writesStopped: boolean;
  /** Hours for which an undo leaves its baselines alone. */
  undoExemptHours: number;
  /** For so many days a proposal waits, and an approval or a rejection holds. */
  approvalDays: number;
  /** By the object id of a service principal that deploys: the people behind it, who decide about none of its changes. */
  deployerTeams: ReadonlyMap<string, readonly string[]>;
  /** The name of the tag by which an exemption is asked for; empty: by none. */
  exemptionTag: string;
  /** An exemption lasts so many days at most. */
  exemptionMostDays: number;
  /** Whether encryption at rest may be undone. */
  undoEncryptionAtRest: boolean;
  /** 0: for ever. */
  journalRetentionDays: number;
  policyFile: PolicyPlace;
  policyReadSeconds: number;
  policyTrustedMinutes: number;
  breakerFixes: number;
  breakerWindowMinutes: number;
  leaseSeconds: number;
  requestTimeoutSeconds: number;
  identityClientId: string | undefined;
  /** Empty: nobody is notified. */
  notificationTopic: string;
  notificationWindowSeconds: number;
}

/** One wrong setting. No setting that is checked here holds a secret. */
export interface SettingProblem {
  setting: string;
  value: string;
  allowed: string;
}

/** Checked settings, or all that is wrong with them. */
export type SettingsResult = { ok: true; settings: Settings } | { ok: false; problems: SettingProblem[] };
/**
 * Reads and checks app settings.
 * @param environment usually `process.env`.
 */
export function readSettings(environment: NodeJS.ProcessEnv): SettingsResult {
  const problems: SettingProblem[] = [];
  function take<Value>(of: ReadSetting<Value>, fallback: Value): Value {
    const text = environment[of.name] ?? of.default;
    const value = of.read(text);
    if (value !== undefined) return value;
    problems.push({ setting: of.name, value: text, allowed: of.allowed });
    return fallback;
  }

  const modeDefault = take(general.modeDefault, "audit");
  const bound = baselines.flatMap((baseline) => {
    const mode = modeOf(baseline.id, baseline.modeUnlessSet ?? modeDefault, environment, problems);
    const binding = baseline.bind(parametersOf(baseline.id, environment, problems));
    if (binding.ok) return [{ baseline: binding.baseline, mode }];
    problems.push(...binding.error.issues.map((issue) => parameterProblem(baseline.id, environment, issue)));
    return [];
  });
  take(general.sweepSchedule, "");
  take(general.approveWithKey, false);
  const signIn = signInOf(environment);
  if (signIn.kind === "invalid") {
    const { setting, allowed } = signIn.problem;
    problems.push({ setting, value: environment[setting] ?? "", allowed });
  }
  problems.push(...unknownSettings(environment));
  const leaseSeconds = take(general.leaseSeconds, 90);
  const requestTimeoutSeconds = take(general.requestTimeoutSeconds, 20);
  if (requestTimeoutSeconds * 2 >= leaseSeconds) {
    const allowed = `less than half of LEASE_SECONDS (${leaseSeconds})`;
    problems.push({ setting: general.requestTimeoutSeconds.name, value: String(requestTimeoutSeconds), allowed });
  }
  const journalRetentionDays = take(general.journalRetentionDays, 0);
  if (journalRetentionDays > 0 && environment.JOURNAL_STORAGE) {
    const allowed = "0, since JOURNAL_STORAGE is set: nothing is taken away there";
    problems.push({ setting: general.journalRetentionDays.name, value: String(journalRetentionDays), allowed });
  }
  const settings: Settings = {
    scopes: take(general.scopes, []),
    scopesReadSeconds: take(general.scopesReadSeconds, 300),
    cloud: cloudOf(
      take(general.cloud, "public"),
      take(general.armEndpoint, ""),
      take(general.armAudience, ""),
      problems,
    ),
    storageApiVersion: take(general.storageApiVersion, ""),
    sqlApiVersion: take(general.sqlApiVersion, ""),
    networkApiVersion: take(general.networkApiVersion, ""),
    baselines: bound,
    writesPerHour: take(general.writesPerHour, 1),
    writesPerHourInTotal: take(general.writesPerHourInTotal, 1),
    writesStopped: take(general.writesStopped, true),
    undoExemptHours: take(general.undoExemptHours, 24),
    approvalDays: take(general.approvalDays, 1),
    deployerTeams: take(general.deployerTeams, new Map()),
    exemptionTag: take(general.exemptionTag, ""),
    exemptionMostDays: take(general.exemptionMostDays, 1),
    undoEncryptionAtRest: take(general.undoEncryptionAtRest, false),
    journalRetentionDays,
    policyFile: take(general.policyFile, { kind: "default" }),
    policyReadSeconds: take(general.policyReadSeconds, 1),
    policyTrustedMinutes: take(general.policyTrustedMinutes, 1),
    breakerFixes: take(general.breakerFixes, 1),
    breakerWindowMinutes: take(general.breakerWindowMinutes, 1),
    leaseSeconds,
    requestTimeoutSeconds,
    identityClientId: take(general.identityClientId, "") || undefined,
    notificationTopic: take(general.notificationTopic, ""),
    notificationWindowSeconds: take(general.notificationWindowSeconds, 60),
  };
  return problems.length === 0 ? { ok: true, settings } : { ok: false, problems };
}

/** What begins so can be meant for nobody else. */
const ownNames =
  /^(MODE|PARAMETERS|WRITES|BREAKER|SWEEP|LEASE|UNDO|JOURNAL|NOTIFICATION|APPROVAL|APPROVE|DEPLOYER|EXEMPTION|POLICY|ENTRA|SCOPES)_/;

/** A misspelt name would leave its baseline in another mode than was meant, or writes going that were to be stopped. */
function unknownSettings(environment: NodeJS.ProcessEnv): SettingProblem[] {
  const known = new Set(settingDescriptors().map(({ name }) => name));
  const unknown = Object.keys(environment).filter((name) => ownNames.test(name) && !known.has(name));
  return unknown.map((setting) => ({
    setting,
    value: environment[setting] ?? "",
    allowed: "no setting of this name; see docs/configuration.md",
  }));
}

function modeOf(id: string, fallback: Mode, environment: NodeJS.ProcessEnv, problems: SettingProblem[]): Mode {
  const name = modeSetting(id);
  const text = environment[name];
  if (text === undefined) return fallback;
  const mode = readMode(text);
  if (mode) return mode;
  problems.push({ setting: name, value: text, allowed: "audit, approve, enforce" });
  return "audit";
}

function parametersOf(id: string, environment: NodeJS.ProcessEnv, problems: SettingProblem[]): unknown {
  const name = parametersSetting(id);
  const text = environment[name] ?? "{}";
  try {
    return JSON.parse(text);
  } catch {
    problems.push({ setting: name, value: text, allowed: "JSON" });
    return {};
  }
}

function parameterProblem(id: string, environment: NodeJS.ProcessEnv, issue: z.core.$ZodIssue): SettingProblem {
  const setting = parametersSetting(id);
  const path = issue.path.map(String).join(".");
  return {
    setting: path === "" ? setting : `${setting}.${path}`,
    value: environment[setting] ?? "{}",
    allowed: issue.message,
  };
}

function cloudOf(name: string, endpoint: string, audience: string, problems: SettingProblem[]): Cloud {
  const given = [
    { setting: "ARM_ENDPOINT", value: endpoint },
    { setting: "ARM_AUDIENCE", value: audience },
  ];
  if (name === "custom") {
    const missing = given.filter(({ value }) => value === "");
    problems.push(...missing.map((each) => ({ ...each, allowed: "an https URL, since CLOUD is custom" })));
    return { endpoint, audience };
  }
  const idle = given.filter(({ value }) => value !== "");
  problems.push(...idle.map((each) => ({ ...each, allowed: "nothing, unless CLOUD is custom" })));
  return Object.hasOwn(clouds, name) ? (clouds[name] ?? noCloud) : noCloud;
}

const noCloud: Cloud = { endpoint: "", audience: "" };
