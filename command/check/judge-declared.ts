import type { BoundBaseline, Finding, Resource } from "../../shared/baselines/baseline.ts";
import { evaluate } from "../../shared/engine/evaluate.ts";
import type { Json } from "../../shared/json.ts";
import type { BaselinePolicy } from "../../shared/policy/resource-policy.ts";
import { asSeen, memberAt, type Unknown, unknownIn, type Value, type ValueObject } from "../template/value.ts";
import type { Standing } from "./standing.ts";

/** A resource as a file declares it, put together from all that the file says of it. */
export interface WholeResource {
  id: string;
  body: ValueObject;
  parts: { readonly [name: string]: Value };
}

/** What an unknown value is taken for, in turn: a finding is certain only where each of them gives it. */
const guesses: ((part: Unknown) => Json)[] = [
  () => null,
  () => true,
  () => false,
  () => [],
  ({ expression }) => `[${expression}]`,
];

/**
 * Holds a declared resource against its baselines: the same ones, by the same code as the service. Where a baseline looks at a value that
 * is not known, it is unknown, unless what is known falls short already. Pure.
 */
export function judgeDeclared(resource: WholeResource, baselines: readonly BaselinePolicy[]): Standing[] {
  return baselines.map((each) => standingOf(resource, each));
}

function standingOf(declared: WholeResource, each: BaselinePolicy): Standing {
  const seen = new Map<string, Unknown>();
  const judged = guesses.map((guess) => {
    const resource = resourceSeen(declared, (part) => {
      seen.set(part.expression, part);
      return guess(part);
    });
    const [evaluation] = evaluate(resource, [each]);
    return evaluation ?? { ...each, findings: [] };
  });
  const last = judged.at(-1)?.findings ?? [];
  const certain = last.filter(
    (finding) =>
      !unknownIn(declaredAt(declared, finding.path)) &&
      judged.every(({ findings }) => findings.some((other) => isSame(other, finding))),
  );
  return stateOf(each.baseline, certain, [...seen.keys()], judged.at(-1)?.unsupported);
}

function stateOf(
  { id: baseline }: BoundBaseline,
  findings: Finding[],
  seen: readonly string[],
  unsupported: string | undefined,
): Standing {
  if (findings.length > 0) return { baseline, state: "not-compliant", findings };
  if (seen.length > 0) {
    const reason = `It depends on what only the deployment knows: ${seen.join(", ")}.`;
    return { baseline, state: "unknown", findings, reason };
  }
  if (unsupported !== undefined) return { baseline, state: "unsupported", findings, reason: unsupported };
  return { baseline, state: "compliant", findings };
}

function resourceSeen({ id, body, parts }: WholeResource, see: (part: Unknown) => Json): Resource {
  const seenBody = asSeen(body, see);
  const seenParts = Object.entries(parts).map(([name, part]): [string, Json] => [name, asSeen(part, see)]);
  return {
    id,
    body: typeof seenBody === "object" && seenBody !== null && !Array.isArray(seenBody) ? seenBody : {},
    parts: Object.fromEntries(seenParts),
  };
}

/** The declared value at a finding's path, which names a part before a slash. */
function declaredAt({ body, parts }: WholeResource, path: string): Value | undefined {
  const slash = path.indexOf("/");
  const holder = slash < 0 ? body : parts[path.slice(0, slash)];
  return memberAt(holder, path.slice(slash + 1).split("."));
}

function isSame(a: Finding, b: Finding): boolean {
  return a.path === b.path && a.expected === b.expected && a.remedy === b.remedy;
}
