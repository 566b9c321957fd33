import type * as z from "zod";
import type { Json, JsonObject } from "../json.ts";

/** What is done about findings of a baseline: logged only, put before a person, or fixed now. */
export type Mode = "audit" | "approve" | "enforce";

/**
 * A resource as ARM's JSON tells it, with the parts that were read beside it (child resources such as `fileServices`).
 * Secrets are cut out before it gets here. A part that was not asked for is absent; one that does not exist is null.
 */
export interface Resource {
  id: string;
  body: JsonObject;
  parts: { readonly [name: string]: Json };
}

/** One deviation of one resource from one baseline. */
export interface Finding {
  /** Dotted path in ARM's own property names; for a part, its name and a slash before it: `fileServices/properties.x`. */
  path: string;
  expected: string;
  actual: Json;
  /** `fix`: the baseline's fix mends it. `report`: nothing can, or nobody should by machine; a person is told. */
  remedy: "fix" | "report";
  /** Why it matters, or what a person can do, where the path and values alone don't say it. */
  explanation?: string;
}

/** A change to a resource or to one part of it, as a JSON Merge Patch in ARM's own property names. */
export interface Change {
  /** Empty for the resource itself, else the name of the part, e.g. `fileServices`. */
  part: string;
  patch: JsonObject;
}

/** What Guard remembers of a resource for one baseline. */
export interface Memory {
  /** The baseline's own properties, by path, when the resource was last seen compliant. */
  lastCompliant?: JsonObject;
}

/** What a guard says when the fix would break something. */
export interface GuardVerdict {
  /** What was seen, in one sentence. */
  reason: string;
  /** What the fix would break, in one sentence. */
  mayBreak: string;
  /** What a person can do about it, in one sentence. */
  advice: string;
  /** Changes that make the fix safe when they go before it. */
  safeChanges?: Change[];
  /** Whether a parameter says that the fix, its safe changes first, may be made without asking. */
  allowed: boolean;
  /** The fix does not apply to this resource at all: it is left alone, with the reason, and no approval would change that. */
  leaveAlone?: true;
  /** The id of the resource that has to be looked at instead. */
  leadsTo?: string;
  /** It can't be told just now: it is looked at again after so many seconds, and longer each time. */
  askAgainSeconds?: number;
}

/** A check that a fix would break something. It is asked only when there is a finding to fix. */
export interface Guard<Parameters> {
  /** Stable id, e.g. `file-protocol-breaks`. */
  id: string;
  title: string;
  /** The parts that it needs to see, by name. */
  parts: string[];
  /** Pure. Gives nothing where the fix is harmless. Without a memory, nothing is remembered of the resource. */
  evaluate(resource: Resource, parameters: Parameters, memory?: Memory): GuardVerdict | undefined;
}

/** An operation whose event leads to a check. */
export interface ConcerningOperation {
  /** ARM's operation name, e.g. `Microsoft.Storage/storageAccounts/write`. */
  name: string;
  /** Where set, events of this operation are counted by caller and lead to one check in so many seconds. */
  checkAtMostEverySeconds?: number;
}

/** The controls of compliance frameworks that a baseline serves; an empty list where a framework names none. */
export interface ComplianceControls {
  /** Definition ids of built-in Azure policies with the same aim. */
  azurePolicy: string[];
  /** Microsoft cloud security benchmark. */
  microsoftCloudSecurityBenchmark: string[];
  /** CIS Microsoft Azure Foundations Benchmark 2.0 and 3.0, as `2.0: 3.1`. */
  cis: string[];
  nist80053r5: string[];
  pciDss4: string[];
  iso27001: string[];
}

/**
 * Reading a provider's api-versions, which is done before a full PUT. It is asked for on the subscription: a role on a resource group does
 * not give it. No page says which action the request needs; Azure's refusals name this one, and the subscription as its scope (quoted in
 * hashicorp/terraform-provider-azurerm#2678 and Azure/data-management-zone#159).
 */
export const readProvider = "Microsoft.Resources/subscriptions/providers/read";

/**
 * One rule about one resource type: what compliant means, and the fix. Pure: no I/O, no clock.
 *
 * A baseline is written in one file, passed through {@link defineBaseline} and named in the registry (index.ts).
 */
export interface Baseline<Parameters> {
  /** Stable id, `provider/name`, e.g. `storage/secure-transfer`. */
  id: string;
  title: string;
  /** What it protects, for its docs page. */
  protects: string;
  /** What compliant means, and which findings are only reported, for its docs page. */
  compliant: string;
  /** What its fix can break, for its docs page and for every plan. */
  mayBreak: string;
  /** How its fix is chosen, written and proven, where there is more to it than a patch; for its docs page, a point each. */
  fixPoints?: string[];
  /** ARM's resource type, e.g. `Microsoft.Storage/storageAccounts`. */
  resourceType: string;
  operations: ConcerningOperation[];
  /** ARM actions that reading needs. */
  readPermissions: string[];
  /** ARM actions that the fix needs beyond reading. */
  fixPermissions: string[];
  controls: ComplianceControls;
  /** Schema of its parameters, each with a default and a description. */
  parameters: z.ZodType<Parameters>;
  /** The properties that it owns: the only ones that its fix changes and that journal, log and HTTP show. */
  owns: string[];
  /** Parts that its check needs on every look; empty for most. */
  parts: string[];
  /** What a proof of the fix does and does not say, where "read compliant afterwards" says too much. */
  provenAs?: string;
  /** The mode where nothing was said for this baseline itself; else the general default holds. */
  modeUnlessSet?: Mode;
  /** Set where its fix encrypts data at rest: an undo writes all of it in the clear again, so a setting has to allow it. */
  encryptsAtRest?: true;
  /** Whether the service may refuse this fix for a reason of its own, so that it must not share a write with others. */
  writtenAlone: boolean;
  /** Why the fix does not apply to this resource; nothing where it does. */
  unsupported?(resource: Resource): string | undefined;
  /** Findings of a resource; empty where it is compliant. A property that is absent counts as its weakest value. */
  check(resource: Resource, parameters: Parameters): Finding[];
  /** The changes that make {@link check} pass, in the order in which they must be written; empty where nothing is to fix. */
  fix(resource: Resource, parameters: Parameters, memory: Memory): Change[];
  guards: Guard<Parameters>[];
  /** For fixes that can cut somebody off in a way that shows only later. */
  lookBack?: LookBack<Parameters>;
}

/** A second look some time after a proven fix: what worked before and does not come back gets its old value back. */
export interface LookBack<Parameters> {
  /** How long after the proof, in seconds. */
  afterSeconds(parameters: Parameters): number;
  /**
   * Whether it works, e.g. a tunnel is connected; asked on every look. Nothing while it is on its way from one to the other: then what was
   * last seen counts before the fix, and at the look-back it does not work. Pure.
   */
  works(resource: Resource): boolean | undefined;
}

/** The members of a baseline that look different once its parameters are filled in. */
type DependsOnParameters = "parameters" | "check" | "fix" | "guards" | "lookBack";

/** A guard with its baseline's parameters filled in. */
interface BoundGuard extends Omit<Guard<never>, "evaluate"> {
  evaluate(resource: Resource, memory?: Memory): GuardVerdict | undefined;
}

/** A look-back with its baseline's parameters filled in. */
interface BoundLookBack extends Omit<LookBack<never>, "afterSeconds"> {
  afterSeconds: number;
}

/** A baseline with its parameters filled in: what the engine works with. */
export interface BoundBaseline extends Omit<Baseline<never>, DependsOnParameters> {
  check(resource: Resource): Finding[];
  fix(resource: Resource, memory: Memory): Change[];
  guards: BoundGuard[];
  lookBack?: BoundLookBack;
}

/** Parameters that fit their schema, bound to the baseline, or what is wrong with them. */
export type Binding = { ok: true; baseline: BoundBaseline } | { ok: false; error: z.ZodError };

/** A baseline as the registry holds it: its parameters' type is hidden behind {@link bind}. */
export interface RegisteredBaseline extends Omit<Baseline<never>, DependsOnParameters> {
  parameters: z.ZodType;
  guards: { id: string; title: string; parts: string[] }[];
  /** Fills in parameters; an empty object gives every default. */
  bind(parameters: unknown): Binding;
}

/** Makes a baseline ready for the registry. */
export function defineBaseline<Parameters>(baseline: Baseline<Parameters>): RegisteredBaseline {
  const { parameters: schema, check, fix, guards, lookBack, ...rest } = baseline;
  return {
    ...rest,
    parameters: schema,
    guards: guards.map(({ id, title, parts }) => ({ id, title, parts })),
    bind(parameters) {
      const parsed = schema.safeParse(parameters);
      if (!parsed.success) return { ok: false, error: parsed.error };
      const bound = {
        ...rest,
        check: (resource: Resource) => check(resource, parsed.data),
        fix: (resource: Resource, memory: Memory) => fix(resource, parsed.data, memory),
        guards: guards.map((guard) => ({
          id: guard.id,
          title: guard.title,
          parts: guard.parts,
          evaluate: (resource: Resource, memory?: Memory) => guard.evaluate(resource, parsed.data, memory),
        })),
        ...(lookBack && {
          lookBack: {
            afterSeconds: lookBack.afterSeconds(parsed.data),
            works: (resource: Resource) => lookBack.works(resource),
          },
        }),
      };
      return { ok: true, baseline: bound };
    },
  };
}
