import { z } from "zod";
import {
  type Baseline,
  type BoundBaseline,
  defineBaseline,
  type RegisteredBaseline,
  type Resource,
} from "../../shared/baselines/baseline.ts";
import { type Json, type JsonObject, valueAt } from "../../shared/json.ts";
import { parseResourceId, type ResourceId } from "../../shared/resources/resource-id.ts";

export const thingType = "Test.Provider/things";
export const subscriptionId = "11111111-1111-4111-8111-111111111111";

/** Stands in tags, and in a property that no baseline owns: it must be found in nothing that the service keeps. */
export const canary = "canary-7d1f";

/** An id that parses, or an error. */
export function resourceId(text: string): ResourceId {
  const parsed = parseResourceId(text);
  if (!parsed.ok) throw new Error(`${text}: ${parsed.reason}`);
  return parsed.id;
}

export function thingId(name = "cabin-doors"): ResourceId {
  return resourceId(`/subscriptions/${subscriptionId}/resourceGroups/cruises/providers/${thingType}/${name}`);
}

/** The body of a thing that falls short of every baseline here, with these properties beside. */
export function thingBody(properties: JsonObject = {}): JsonObject {
  return {
    tags: { owner: canary },
    properties: {
      provisioningState: "Succeeded",
      encrypted: false,
      minimumVersion: "1",
      open: true,
      foreign: canary,
      ...properties,
    },
  };
}

/** The properties of a thing that has nothing to fix. */
export const compliant = { encrypted: true, minimumVersion: "2", open: false, retentionDays: 7 };

type Parameters = Record<string, never>;

/** A baseline that wants one property of a thing to have one value. */
export function propertyBaseline(
  name: string,
  property: string,
  wanted: Json,
  more: Partial<Baseline<Parameters>> = {},
): RegisteredBaseline {
  const path = `properties.${property}`;
  return defineBaseline<Parameters>({
    id: `things/${name}`,
    title: name,
    protects: "",
    compliant: "",
    mayBreak: `Setting ${property} may break something.`,
    resourceType: thingType,
    operations: [{ name: `${thingType}/write` }],
    readPermissions: [],
    fixPermissions: [],
    controls: {
      azurePolicy: [],
      microsoftCloudSecurityBenchmark: [],
      cis: [],
      nist80053r5: [],
      pciDss4: [],
      iso27001: [],
    },
    parameters: z.record(z.string(), z.never()),
    owns: [path],
    parts: [],
    writtenAlone: false,
    check(resource) {
      const actual = valueAt(resource.body, path) ?? null;
      return actual === wanted ? [] : [{ path, expected: String(wanted), actual, remedy: "fix" }];
    },
    fix(resource) {
      if (valueAt(resource.body, path) === wanted) return [];
      return [{ part: "", patch: { properties: { [property]: wanted } } }];
    },
    guards: [],
    ...more,
  });
}

/** Asking for a token changes nothing by itself: it is counted, and leads to one check an hour. */
export const listTokens = `${thingType}/listTokens/action`;

export const encryption = propertyBaseline("encryption", "encrypted", true, {
  operations: [{ name: `${thingType}/write` }, { name: listTokens, checkAtMostEverySeconds: 3600 }],
});
export const minimumVersion = propertyBaseline("minimum-version", "minimumVersion", "2");
export const retention = propertyBaseline("retention", "retentionDays", 7, { writtenAlone: true });

/** Closing a thing cuts its users off, unless its part `access` is explicit first. */
export function closed(explicitAllowed: boolean): RegisteredBaseline {
  return propertyBaseline("closed", "open", false, {
    owns: ["properties.open", "access/properties.explicit"],
    guards: [
      {
        id: "users-cut-off",
        title: "Users are cut off",
        parts: ["access"],
        evaluate({ parts }) {
          if (parts.access === null || valueAt(parts.access, "properties.explicit") === true) return undefined;
          return {
            reason: "The thing has users.",
            mayBreak: "Its users are cut off.",
            advice: "Ask them first.",
            safeChanges: [{ part: "access", patch: { properties: { explicit: true } } }],
            allowed: explicitAllowed,
          };
        },
      },
    ],
  });
}

/** A baseline with its default parameters. */
export function bound(baseline: RegisteredBaseline): BoundBaseline {
  const binding = baseline.bind({});
  if (!binding.ok) throw binding.error;
  return binding.baseline;
}

/** A thing as the engine sees it. */
export function thing(properties: JsonObject = {}, parts: Resource["parts"] = {}): Resource {
  return { id: thingId().text, body: thingBody(properties), parts };
}
