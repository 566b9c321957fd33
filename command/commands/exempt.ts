import * as z from "zod";
import { baselines } from "../../shared/baselines/index.ts";
import { endOf } from "../../shared/policy/exemptions.ts";
import { defineCommand } from "../frame/command.ts";
import { exitCodes, UsageError } from "../frame/output.ts";
import { exemptionSchema } from "../service/answers.ts";
import { serviceOptions } from "../service/find-service.ts";
import { openService } from "../service/service-client.ts";
import { tellExemption } from "../service/tell-exemption.ts";

const millisecondsOf = { h: 3_600_000, d: 86_400_000 } as const;

/** `exempt`: has the service leave a scope alone for a time. */
export const exempt = defineCommand({
  name: "exempt",
  summary: "Exempts a resource or scope from a baseline until a time, with an owner and a reason.",
  arguments: [{ name: "SCOPE", meaning: "a resource id, /subscriptions/GUID, or a resource group in it" }],
  options: z.strictObject({
    baseline: z
      .enum(["all", ...baselines.map(({ id }) => id)])
      .meta({ value: "BASELINE", description: "from what it is exempt" }),
    owner: z.string().trim().min(1).max(200).meta({ value: "TEXT", description: "who answers for it" }),
    reason: z.string().trim().min(1).max(500).meta({ value: "TEXT", description: "why; the journal keeps it" }),
    for: z
      .string()
      .regex(/^\d{1,4}[hd]$/, "must be hours or days, e.g. 12h or 7d")
      .meta({ value: "TIME", description: "how long, in hours or days: 12h, 7d" })
      .optional(),
    until: z
      .string()
      .refine((text) => endOf(text) !== undefined, {
        error: "must be a day, 2026-12-24, or a time with its offset, 2026-12-24T10:00:00Z",
      })
      .meta({ value: "TIME", description: "or its last day (in UTC), 2026-12-24, or its end, 2026-12-24T10:00:00Z" })
      .optional(),
    "tag-value": z
      .string()
      .regex(/^[0-9a-f]{64}$/i, "must be 64 hexadecimal digits")
      .meta({ value: "HASH", description: "grants what a tag of the resource asks for, as `exemptionAsked` shows it" })
      .optional(),
    ...serviceOptions,
  }),
  examples: [
    {
      line: 'exempt "$ACCOUNT" --baseline storage/minimum-tls --owner "Ships\' office" --reason "Old tablets until refit." --for 1d',
      does: "An account for a day:",
    },
  ],
  async run(
    { for: time, until: given, baseline, owner, reason, "tag-value": tagValue, ...options },
    [scope = ""],
    surroundings,
  ) {
    const end = time === undefined ? endOf(given ?? "") : endAfter(time, surroundings.now());
    if (end === undefined || (given !== undefined && time !== undefined)) {
      throw new UsageError("Say how long, by --for or --until: an exemption ends.");
    }
    const until = end.toISOString();
    const service = await openService(options, surroundings);
    const body = { scope, baseline, owner, reason, until, ...(tagValue === undefined ? {} : { tagValue }) };
    const exemption = await service.post("/api/exemptions", body, exemptionSchema);
    surroundings.output.out(tellExemption(exemption));
    return exitCodes.good;
  },
});

function endAfter(time: string, now: Date): Date {
  const milliseconds = time.endsWith("h") ? millisecondsOf.h : millisecondsOf.d;
  return new Date(now.getTime() + Number.parseInt(time, 10) * milliseconds);
}
