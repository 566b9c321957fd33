import { withSharedExemptions } from "../../shared/engine/exempt.ts";
import { isJsonObject, type JsonObject } from "../../shared/json.ts";
import { type BaselinePolicy, concerns } from "../../shared/policy/resource-policy.ts";
import type { Settings } from "../../shared/policy/settings.ts";
import { UsageError } from "../frame/output.ts";
import { type DeclaredResources, givenParameters, readTemplate } from "../template/arm-template.ts";
import { type JsonDocument, type JsonPath, type Place, readDocument } from "../template/document.ts";
import { evaluateValue } from "../template/evaluate.ts";
import { readPlan } from "../template/terraform-plan.ts";
import type { ValueObject } from "../template/value.ts";
import { type DeclaredPolicy, declaredPolicies } from "./declared-policy.ts";
import { judgeDeclared } from "./judge-declared.ts";
import { wordOf } from "./policy-here.ts";
import type { Checked, CheckedResource, Standing } from "./standing.ts";
import { type Assembled, assemble } from "./whole-resource.ts";

/** A file by the name that it was given. */
export interface NamedText {
  name: string;
  text: string;
}

/**
 * Judges what a file would deploy: an ARM template (as the Bicep compiler writes it too), or a plan of Terraform. Throws a UsageError where
 * it is neither.
 * @param parameters a parameters file, for a template.
 * @param policy what it is judged by; else by the parameters of the settings.
 */
export function checkFile(
  file: NamedText,
  parameters: NamedText | undefined,
  settings: Settings,
  policy?: DeclaredPolicy,
): Checked {
  const document = readDocument(file.name, file.text);
  const declared = declaredIn(file.name, document, parameters);
  const types = [...new Set(settings.baselines.map(({ baseline }) => baseline.resourceType))];
  const resources = types.flatMap((type) =>
    assemble(type, declared.resources).map((each) =>
      checkedResource(each, file.name, document, judged(each, settings, policy)),
    ),
  );
  const unread = declared.unread.map(({ name, why, at }): CheckedResource => {
    const place = document.placeOf(at);
    const standing: Standing = { baseline: "", state: "unknown", findings: [], reason: why, place };
    return {
      id: name,
      type: "Microsoft.Resources/deployments",
      standings: [standing],
      file: { name: file.name, place },
    };
  });
  return { resources: [...resources, ...unread], file };
}

function declaredIn(file: string, { value }: JsonDocument, parameters: NamedText | undefined): DeclaredResources {
  if (isJsonObject(value) && value.planned_values !== undefined) {
    if (parameters) throw new UsageError("A plan has its variables in it: --parameters goes with a template.");
    return readPlan(value);
  }
  if (isJsonObject(value) && (Array.isArray(value.resources) || isJsonObject(value.resources))) {
    return readTemplate(value, parameters ? parametersIn(parameters) : {});
  }
  throw new UsageError(
    `${file} is neither an ARM template (with "resources") nor a plan that terraform show -json printed (with "planned_values"). Of Bicep, give what bicep build --stdout prints.`,
  );
}

function parametersIn({ name, text }: NamedText): ValueObject {
  const { value } = readDocument(name, text);
  const given: JsonObject | undefined =
    isJsonObject(value) && isJsonObject(value.parameters) ? value.parameters : undefined;
  if (!given) throw new UsageError(`${name} is no parameters file: it has no object "parameters".`);
  const plain = { copies: new Map(), naming: false, parameter: () => undefined, variable: () => undefined };
  return givenParameters(evaluateValue(given, plain));
}

/** How a declared resource stands against each of its baselines. */
function judged(each: Assembled, { baselines }: Settings, policy: DeclaredPolicy | undefined): Standing[] {
  const known = baselines.filter(({ baseline }) => concerns(baseline, each.type));
  if (!policy) return judgeDeclared(each.whole, known);
  const word = declaredPolicies(each, policy);
  if (word.known) return judgedBy(word.policies, each);
  return known.map(({ baseline: { id } }) => ({ baseline: id, state: "unknown", findings: [], reason: word.why }));
}

function judgedBy(policies: readonly BaselinePolicy[], { whole }: Assembled): Standing[] {
  const judgedEach = policies.flatMap((own) => judgeDeclared(whole, [own]).map((standing) => ({ ...own, standing })));
  const withFindings = judgedEach.map((each) => ({ ...each, findings: each.standing.findings }));
  return withSharedExemptions(withFindings).map((each) => ({ ...each.standing, policy: wordOf(each) }));
}

function checkedResource(
  each: Assembled,
  file: string,
  document: JsonDocument,
  judgedSo: readonly Standing[],
): CheckedResource {
  const standings = judgedSo.map((standing) => ({
    ...standing,
    place: document.placeOf(each.declared.at),
    findings: standing.findings.map((finding) => ({ ...finding, place: placeOf(finding.path, each, document) })),
  }));
  const { name, type, declared } = each;
  return {
    id: declared.address ?? name,
    type,
    standings,
    file: { name: file, place: document.placeOf(declared.at) },
  };
}

/** The property that a finding is about, or the nearest thing around where it would be. */
function placeOf(path: string, { declared, parts }: Assembled, document: JsonDocument): Place {
  const slash = path.indexOf("/");
  const holder = slash < 0 ? declared : (parts.get(path.slice(0, slash)) ?? declared);
  const names = path.slice(slash + 1).split(".");
  const at: JsonPath = holder.pathOf?.(names) ?? [...holder.at, ...names];
  return document.placeOf(at);
}
