import type { RegisteredBaseline } from "../../shared/baselines/baseline.ts";
import { operationPrefixes } from "../../shared/events/operation-prefixes.ts";
import { modeSetting } from "../../shared/policy/setting-definitions.ts";
import { rolesOf } from "./roles.ts";

/** infra/baselines.bicep: what the layers need to know of the baselines. */
export function renderBaselinesModule(baselines: readonly RegisteredBaseline[]): string {
  const { managementGroup, subscription, read, fixes } = rolesOf(baselines);
  return [
    "// Generated from the baselines by `npm run docs`.",
    variable(
      "Assigned on a management group that is the scope, beside those on subscriptions: which these are.",
      "managementGroupActions",
      list(managementGroup, ""),
    ),
    variable("Assigned on the subscription, whatever the scope is.", "subscriptionActions", list(subscription, "")),
    variable("All that an audit of every baseline reads in the scope.", "readActions", list(read, "")),
    variable(
      "By baseline: the app setting of its mode, and the actions of its fix, assigned only where it is enforced.",
      "fixes",
      `{\n${[...fixes].map(([id, actions]) => renderFix(id, actions)).join("\n")}\n}`,
    ),
    variable(
      "Beginnings of the names of operations whose events lead to a check: a list for each event subscription.",
      "operationPrefixes",
      `[\n${operationPrefixes(baselines)
        .map((names) => `  ${list(names, "  ")}`)
        .join("\n")}\n]`,
    ),
  ]
    .join("\n\n")
    .concat("\n");
}

function renderFix(id: string, actions: readonly string[]): string {
  return `  ${quoted(id)}: {\n    modeSetting: ${quoted(modeSetting(id))}\n    actions: ${list(actions, "    ")}\n  }`;
}

function variable(description: string, name: string, value: string): string {
  return `@export()\n@description(${quoted(description)})\nvar ${name} = ${value}`;
}

function list(items: readonly string[], indent: string): string {
  return `[\n${items.map((item) => `${indent}  ${quoted(item)}`).join("\n")}\n${indent}]`;
}

/** A Bicep string. Names of baselines, settings and actions hold nothing that it would have to escape. */
function quoted(text: string): string {
  if (/['\\$\n]/.test(text)) throw new TypeError(`Not to be had in a Bicep string as it is: ${text}`);
  return `'${text}'`;
}
