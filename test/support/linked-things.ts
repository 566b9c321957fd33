import type { LookBack, RegisteredBaseline } from "../../shared/baselines/baseline.ts";
import { valueAt } from "../../shared/json.ts";
import { type EngineWorld, engineWorld } from "./engine-world.ts";
import { propertyBaseline, thingBody, thingId } from "./things.ts";

const { text: id } = thingId();

/** Whether a thing works; nothing while it is `connecting`. */
export const linkedLookBack: LookBack<Record<string, never>> = {
  afterSeconds: () => 120,
  works: ({ body }) => {
    const connected = valueAt(body, "properties.connected");
    return connected === "connecting" ? undefined : connected === true;
  },
};

/** A fix that may cut a thing off. */
export const policy = propertyBaseline("policy", "encrypted", true, { lookBack: linkedLookBack, writtenAlone: true });

/** A fix of both ends of a thing, its own first; with one end alone the thing does not work. */
const bothEnds: RegisteredBaseline = propertyBaseline("policy", "encrypted", true, {
  lookBack: linkedLookBack,
  writtenAlone: true,
  parts: ["otherEnd"],
  owns: ["properties.encrypted", "otherEnd/encrypted"],
  check: ({ body, parts }) =>
    [valueAt(body, "properties.encrypted"), valueAt(parts.otherEnd, "encrypted")].every((value) => value === true)
      ? []
      : [{ path: "properties.encrypted", expected: "true", actual: false, remedy: "fix" }],
  fix: ({ body, parts }) => [
    ...(valueAt(body, "properties.encrypted") === true
      ? []
      : [{ part: "", patch: { properties: { encrypted: true } } }]),
    ...(valueAt(parts.otherEnd, "encrypted") === true ? [] : [{ part: "otherEnd", patch: { encrypted: true } }]),
  ],
});

/** A thing that works, whose both ends fall short. */
export function linkedThing(more: Parameters<typeof engineWorld>[0] = {}): EngineWorld {
  const engine = engineWorld({ baselines: [[bothEnds, "enforce"]], ...more });
  engine.azure.put(id, thingBody({ connected: true }), { otherEnd: { encrypted: false } });
  return engine;
}

/** How both ends stand, its own first. */
export function endsOf({ azure }: EngineWorld): unknown[] {
  return [valueAt(azure.bodyOf(id), "properties.encrypted"), valueAt(azure.partOf(id, "otherEnd"), "encrypted")];
}
