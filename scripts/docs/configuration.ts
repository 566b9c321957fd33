import type { SettingDescriptor } from "../../shared/policy/setting-definitions.ts";
import { code, page, table } from "./markdown.ts";

/** docs/configuration.md: every app setting, in the order in which the code lists them. */
export function renderConfigurationPage(settings: readonly SettingDescriptor[]): string {
  const ofBaselines = settings.filter(isOfBaseline);
  const ofTheHost = settings.filter(isReadByTheHost);
  const general = settings.filter((setting) => !isOfBaseline(setting) && !isReadByTheHost(setting));
  return page([
    "# Configuration",
    "Generated from the code by `npm run docs`.",
    "All settings are app settings of the function app; on a laptop they stand in `local.settings.json` or in the environment. They are read when the first request needs them, and a change takes effect when the app restarts, which Azure does by itself when an app setting changes.",
    "A value that is not allowed stops all writes: events are still taken and kept, every HTTP route answers 503 `configuration-invalid` with the setting, its value and what is allowed, and `GET /api/health` lists all problems at once.",
    "## Start here",
    "Name the scopes, and leave the mode at `audit` until the findings look right:",
    "```ini\nSCOPES=/subscriptions/00000000-0000-0000-0000-000000000000\nMODE_DEFAULT=audit\n```",
    "Then enforce baseline by baseline:",
    "```ini\nMODE_STORAGE_SECURE_TRANSFER=enforce\n```",
    "To stop every write at once, ask for [`POST /api/stop`](http.md#post-apistop), which needs no restart, or set `WRITES_STOPPED=true`. Where the service does not answer, put the row `writes` into the partition `switch` of the table `control` of the service's storage account, with the boolean column `stopped` set to true. The row is read before each write.",
    "## General",
    settingsTable(general),
    "## Baselines",
    "Two settings for each baseline: its mode, and its parameters as one JSON object. What the parameters mean stands on [each baseline's page](baselines/README.md).",
    settingsTable(ofBaselines),
    "## Read by the Functions host",
    settingsTable(ofTheHost),
  ]);
}

function isOfBaseline({ name }: SettingDescriptor): boolean {
  return name.startsWith("PARAMETERS_") || (name.startsWith("MODE_") && name !== "MODE_DEFAULT");
}

function isReadByTheHost({ name }: SettingDescriptor): boolean {
  return name.startsWith("AzureWebJobs") || name === "SWEEP_SCHEDULE";
}

function settingsTable(settings: readonly SettingDescriptor[]): string {
  const rows = settings.map(({ name, default: byDefault, allowed, meaning }) => [
    code(name),
    shownDefault(byDefault),
    linked(allowed),
    meaning,
  ]);
  return table(["Setting", "Default", "Allowed", "Meaning"], rows);
}

/** A default in parentheses is a word about it, not a value. */
function shownDefault(byDefault: string): string {
  if (byDefault === "") return "empty";
  const word = /^\((.+)\)$/.exec(byDefault)?.[1];
  if (word === undefined) return code(byDefault);
  return /^[A-Z_]+$/.test(word) ? `that of ${code(word)}` : word;
}

function linked(allowed: string): string {
  return allowed.replace(/docs\/(baselines\/[a-z-]+\.md)/, "[its page]($1)");
}
