import * as z from "zod";
import type { RegisteredBaseline } from "../baselines/baseline.ts";
import { baselines } from "../baselines/index.ts";
import { parseResourceId } from "../resources/resource-id.ts";
import { isTimeZone, minutesOf, spanMinutes, weekdays } from "./write-window.ts";

const modes = ["audit", "approve", "enforce"] as const;
const longestText = 400;
const leastSpanMinutes = 15;
/** A file is read whole on each change, and a rule costs time for each resource. */
const mostRules = 1000;

const mode = z.enum(modes).describe("audit: log only; approve: a person decides; enforce: fix now.");
const text = z.string().trim().min(1).max(longestText);
const windowName = z.string().describe("A name under `windows`: fixes are written only while it is open.");

/** What a rule or an exemption is about. All that is given must match. */
const scopeShape = {
  managementGroup: z
    .string()
    .regex(/^[\w().-]{1,90}$/, "the name (not the display name) of a management group")
    .describe("The name of a management group that the subscription is in, at any depth.")
    .optional(),
  subscription: z.guid().describe("The id of a subscription.").optional(),
  resourceGroup: z
    .string()
    .regex(/^[\p{L}\p{N}_().-]{1,90}$/u, "the name of a resource group")
    .describe("The name of a resource group, in whatever subscription.")
    .optional(),
  resource: z
    .string()
    .refine((id) => parseResourceId(id).ok, "the id of a resource")
    .describe("The id of a resource; what is below it matches too.")
    .optional(),
  tag: named({ name: text, value: z.string().max(longestText) })
    .describe("A tag of the resource itself. Whoever may write tags may then choose its rule.")
    .optional(),
  glob: z
    .string()
    .min(1)
    .max(longestText)
    .describe("A pattern over the resource id: `*` is anything but a slash, `**` anything, `?` one character.")
    .optional(),
};
const scope = named(scopeShape).refine(
  (given) => Object.keys(given).length > 0,
  `one of ${Object.keys(scopeShape).join(", ")}`,
);

const time = /^([01]\d|2[0-3]):[0-5]\d$/;
const timeOrMidnight = /^(([01]\d|2[0-3]):[0-5]\d|24:00)$/;
const span = named({
  days: z.array(z.enum(weekdays)).min(1).max(7).describe("The days on which it begins; every day where left out."),
  from: z.string().regex(time, "HH:MM from 00:00 to 23:59").describe("When it opens."),
  to: z
    .string()
    .regex(timeOrMidnight, "HH:MM from 00:00 to 24:00")
    .describe("When it closes; before `from`, the next day."),
  timeZone: z
    .string()
    .refine(isTimeZone, "a name of the IANA time zone database, e.g. Europe/Berlin")
    .describe("Whose clocks it goes by, e.g. Europe/Berlin."),
})
  .partial({ days: true })
  .refine((given) => minutesOf(given.from) !== minutesOf(given.to) && spanMinutes(given) >= leastSpanMinutes, {
    path: ["to"],
    message: `at least ${leastSpanMinutes} minutes after from`,
  })
  .transform(({ days = [...weekdays], ...rest }) => ({ days, ...rest }));

const windows = z.record(
  z.string().regex(/^[\w-]{1,60}$/, "a name of letters, digits, - and _"),
  z.union([span.transform((one) => [one]), z.array(span).min(1).max(20)]),
);

/** Whoever writes `*` means every baseline that the rule does not name itself. */
const everyBaseline = "*";

const rule = named({
  name: text.describe("Told in each decision that the rule makes."),
  scope: scope.describe("What it is about; everything where left out.").optional(),
  baselines: named(choices()).describe("The mode of each baseline that the rule decides about."),
});

/** Owner, reason and end may be missing: then it is no exemption, and that is said; the rest of the file holds. */
const exemption = named({
  scope,
  baselines: z.array(z.enum([everyBaseline, ...baselines.map(({ id }) => id)])).min(1),
  owner: z.string().max(longestText).describe("Who answers for it. Without one it does not count.").optional(),
  reason: z.string().max(longestText).describe("Why. Without one it does not count.").optional(),
  until: z
    .string()
    .max(40)
    .describe("Its last day (2026-12-24), or a time with its offset (2026-12-24T18:00:00Z).")
    .optional(),
});

/** guard.policy.yaml, as a value. */
export const policySchema = named({
  version: z.literal(1),
  mode: mode.describe("Where no rule decides. audit where left out.").default("audit"),
  windows: windows.describe("Write windows, by the names that rules use.").default({}),
  rules: z
    .array(rule)
    .max(mostRules)
    .describe("Of each baseline the first rule decides that matches and names it.")
    .default([]),
  exemptions: z
    .array(exemption)
    .max(mostRules)
    .describe("What is left alone, for whom, why, and how long.")
    .default([]),
}).superRefine((policy, context) => {
  const known = Object.keys(policy.windows);
  const names = policy.rules.map(({ name }) => name);
  for (const [index, { name, baselines: chosen }] of policy.rules.entries()) {
    if (names.indexOf(name) !== index) {
      context.addIssue({ code: "custom", path: ["rules", index, "name"], message: "a name that no other rule has" });
    }
    for (const [id, choice] of Object.entries(chosen)) {
      if (choice?.window === undefined || known.includes(choice.window)) continue;
      const message = known.length === 0 ? "a name under `windows`, where there is none" : known.join(", ");
      context.addIssue({ code: "custom", path: ["rules", index, "baselines", id, "window"], message });
    }
  }
});

/** A policy file that fits its schema. */
export type PolicyFile = z.infer<typeof policySchema>;

/** See {@link PolicyFile.rules}. */
export type PolicyRule = PolicyFile["rules"][number];

/** What a rule is about; undefined is everything. */
export type PolicyScope = z.infer<typeof scope>;

/** See {@link PolicyFile.exemptions}. */
export type PolicyExemption = PolicyFile["exemptions"][number];

/** What a rule says of one baseline. */
export interface BaselineChoice {
  mode: (typeof modes)[number];
  parameters?: unknown;
  window?: string | undefined;
}

/** What a rule says of a baseline, by its own name or by `*`; nothing where it is not the rule's business. */
export function choiceOf({ baselines: chosen }: PolicyRule, baseline: string): BaselineChoice | undefined {
  return chosen[baseline] ?? chosen[everyBaseline];
}

/** Whether an exemption names a baseline. */
export function isExempting({ baselines: named }: PolicyExemption, baseline: string): boolean {
  return named.includes(baseline) || named.includes(everyBaseline);
}

/** The JSON Schema that editors complete by: the same names and values, what refers to other parts of the file aside. */
export function policyJsonSchema(id: string): unknown {
  const { $schema, ...rest } = z.toJSONSchema(policySchema, { io: "input" });
  return { $schema, $id: id, title: "Policy file of Azure Encryption Guard", ...rest };
}

function choices(): Record<string, z.ZodOptional<z.ZodType<BaselineChoice>>> {
  const every = shortOrLong(named({ mode, window: windowName.optional() }));
  return {
    ...Object.fromEntries(baselines.map((each) => [each.id, choiceFor(each).optional()])),
    [everyBaseline]: every.describe("Every baseline that the rule does not name.").optional(),
  };
}

function choiceFor({ parameters, title }: RegisteredBaseline): z.ZodType<BaselineChoice> {
  const described = parameters.describe("Its parameters; those that are left out have their defaults.").optional();
  return shortOrLong(named({ mode, parameters: described, window: windowName.optional() })).describe(title);
}

/** A mode alone is short for an object with that mode. */
function shortOrLong(long: z.ZodType<BaselineChoice>): z.ZodType<BaselineChoice> {
  return z.union([mode.transform((alone): BaselineChoice => ({ mode: alone })), long]);
}

/** An object with these names and no others: a misspelt one would leave a resource in another mode than was meant. */
function named<Shape extends z.ZodRawShape>(shape: Shape) {
  const allowed = `one of the names ${Object.keys(shape).join(", ")}`;
  return z.strictObject(shape, { error: ({ code }) => (code === "unrecognized_keys" ? allowed : undefined) });
}
