import type { Mode, Resource } from "../baselines/baseline.ts";
import { valueAt } from "../json.ts";
import { type ResourceId, resourceName } from "../resources/resource-id.ts";
import type { Evaluation } from "./evaluate.ts";
import { withGranted } from "./exempt.ts";
import { type Run, timed } from "./run.ts";

/**
 * The evaluations, each as careful as what is said of every resource that its fix would write to: the other end of a tunnel may be another
 * team's, in a scope that is only looked at, exempt, or outside of its write window. Then neither end is changed.
 */
export async function withTargets(run: Run, resource: Resource, evaluations: Evaluation[]): Promise<Evaluation[]> {
  if (!run.type.targetOf) return evaluations;
  const careful: Evaluation[] = [];
  for (const evaluation of evaluations) {
    let strictest = evaluation;
    for (const target of targetsOf(run, resource, evaluation)) {
      const said = await saidOf(run, target, evaluation);
      if (said) strictest = stricterOf(strictest, said, target.id);
    }
    careful.push(strictest);
  }
  return careful;
}

/** Another resource that a fix would write to, with its tags as far as they were read. */
interface Target {
  id: ResourceId;
  tags: Resource["body"][string] | undefined;
}

function targetsOf(run: Run, resource: Resource, { baseline, findings }: Evaluation): Target[] {
  if (!findings.some(({ remedy }) => remedy === "fix")) return [];
  const memory = run.state.state.lastCompliant[baseline.id];
  const changes = baseline.fix(resource, memory === undefined ? {} : { lastCompliant: memory });
  return changes.flatMap((change) => {
    const id = run.type.targetOf?.(change, resource);
    if (!id || id.key === run.look.id.key) return [];
    return [{ id, tags: valueAt(resource.parts[change.part], "tags") }];
  });
}

async function saidOf(
  run: Run,
  { id, tags }: Target,
  { baseline, findings }: Evaluation,
): Promise<Evaluation | undefined> {
  const { policies, now } = run.world;
  const policy = await timed(run, "policy", () => policies.current(id.subscriptionId));
  const says = policy
    .of({ id: id.text, type: run.type.type, tags }, now())
    .find((each) => each.baseline.id === baseline.id);
  if (!says) return undefined;
  const body = tags === undefined ? {} : { tags };
  const [said] = await withGranted(run, { id: id.text, body, parts: {} }, [{ ...says, findings }]);
  return said;
}

const modes: readonly Mode[] = ["audit", "approve", "enforce"];

function stricterOf(own: Evaluation, other: Evaluation, target: ResourceId): Evaluation {
  const isWeaker = modes.indexOf(other.mode) < modes.indexOf(own.mode);
  const exemption = own.exemption ?? other.exemption;
  const window = own.window && !own.window.isOpen ? own.window : (other.window ?? own.window);
  const audited = isWeaker && other.mode === "audit" && { auditBecause: becauseOf(other, target) };
  return {
    ...own,
    ...(isWeaker && { mode: other.mode }),
    ...audited,
    ...(exemption && { exemption }),
    ...(window && { window }),
  };
}

function becauseOf({ rule, auditBecause }: Evaluation, target: ResourceId): string {
  const why =
    auditBecause ?? (rule === undefined ? "it is in audit mode" : `the rule ${JSON.stringify(rule)} audits it`);
  return `Nothing was changed: ${resourceName(target)} would have to be changed with it, and of that is said: ${why}.`;
}
