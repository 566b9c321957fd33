import { describe, expect, test } from "vitest";
import { type Ran, run } from "../run.ts";
import { refusal, type StandIn, type StandInAnswer, startStandIn } from "./stand-in.ts";

const id = "1795399077313-9ec8bcd4";
const account =
  "/subscriptions/a0000000-0000-4000-8000-000000000001/resourceGroups/guests/providers/Microsoft.Storage/storageAccounts/polaris";
const proposal = "a".repeat(64);
const asked = {
  proposal,
  expiresAt: "2026-12-01T00:00:00Z",
  changes: [{ part: "", patch: { properties: { supportsHttpsTrafficOnly: true } } }],
  mayBreak: "Mounts are cut off.",
};
const remediation = {
  id,
  resourceId: account,
  outcome: "awaiting-approval",
  baselines: [{ baseline: "storage/secure-transfer", outcome: "awaiting-approval", why: "It has NFS shares.", asked }],
  startedAt: "2026-11-23T00:00:00Z",
  updatedAt: "2026-11-23T00:00:00Z",
  journal: [],
};
const judged = (outcome: string) => ({
  resourceId: account,
  outcome,
  remediationId: id,
  results: [{ baseline: "storage/secure-transfer", outcome, reason: "So it is." }],
});

/** A service with one fix that waits for a person; it takes a word on the proposal that is current, as the real one does. */
async function serviceWithProposal(current = proposal): Promise<StandIn & { decided: string[] }> {
  const decided: string[] = [];
  const service = await startStandIn((route, body): StandInAnswer | undefined => {
    if (route === `GET /api/remediations/${id}`) return { status: 200, body: remediation };
    const verb = /^POST \/api\/remediations\/[^/]+\/(approve|reject)$/.exec(route)?.[1];
    if (!verb || typeof body !== "object" || body === null || !("proposal" in body)) return undefined;
    if (body.proposal !== current) {
      const details = [{ target: "storage/secure-transfer", message: current }];
      return refusal(409, "proposal-changed", "This is not what is proposed.", details);
    }
    decided.push(verb);
    return { status: 200, body: judged(verb === "approve" ? "remediated" : "audit") };
  });
  return { ...service, decided };
}

describe.each(["approve", "reject"] as const)("%s", (verb) => {
  test("shows what would be changed and what it may break, and decides when the person says yes", async () => {
    const service = await serviceWithProposal();

    const { code, out } = await decide(service, [verb, id, "--reason", "Seen."], "y");

    expect(code).toBe(0);
    expect(out.join("\n")).toContain('Would be sent: {"properties":{"supportsHttpsTrafficOnly":true}}');
    expect(out.join("\n")).toContain("May break: Mounts are cut off.");
    expect(service.decided).toEqual([verb]);
  });

  test("decides nothing where the person does not say yes", async () => {
    const service = await serviceWithProposal();

    const { code, out } = await decide(service, [verb, id, "--reason", "Seen."], "");

    expect(code).toBe(1);
    expect(out.at(-1)).toBe("Nothing was decided.");
    expect(service.decided).toEqual([]);
  });

  test("without a person takes the proposal by its hash, and else says which it is", async () => {
    const service = await serviceWithProposal();

    const without = await decide(service, [verb, id, "--reason", "Seen."]);
    const withHash = await decide(service, [verb, id, "--reason", "Seen.", "--proposal", proposal]);

    expect(without.code).toBe(3);
    expect(without.error[0]).toContain(`--proposal ${proposal}`);
    expect(withHash.code).toBe(0);
    expect(service.decided).toEqual([verb]);
  });

  test("decides nothing where another fix is proposed by now, and says which", async () => {
    const service = await serviceWithProposal("b".repeat(64));

    const { code, error } = await decide(service, [verb, id, "--reason", "Seen."], "y");

    expect(code).toBe(3);
    expect(error.join("\n")).toContain("proposal-changed: This is not what is proposed.");
    expect(error.join("\n")).toContain("b".repeat(64));
    expect(service.decided).toEqual([]);
  });

  test("of a baseline for which nothing waits says so", async () => {
    const service = await serviceWithProposal();

    const { code, error } = await decide(
      service,
      [verb, id, "--reason", "x", "--baseline", "storage/minimum-tls"],
      "y",
    );

    expect(code).toBe(3);
    expect(error[0]).toContain("Nothing of remediation");
  });
});

describe("exempt", () => {
  /** A service that keeps exemptions. */
  async function serviceWithExemptions(): Promise<StandIn> {
    const kept: object[] = [];
    return await startStandIn((route, body) => {
      if (route === "POST /api/exemptions" && typeof body === "object" && body !== null) {
        const exemption = { ...body, id: "1795399077313-00000001", grantedBy: "function key", active: true };
        kept.push(exemption);
        return { status: 201, body: exemption };
      }
      if (route === "GET /api/exemptions") {
        return { status: 200, body: { exemptions: kept, continuation: "next" } };
      }
      if (route === "GET /api/exemptions?continuation=next") {
        const broken = { id: "1795399077313-00000002", scope: account, active: false, problem: "has no owner" };
        return { status: 200, body: { exemptions: [broken] } };
      }
      if (route === "DELETE /api/exemptions/1795399077313-00000001") {
        return { status: 200, body: { ...kept[0], active: false } };
      }
      return undefined;
    });
  }
  const grant = [
    "exempt",
    account,
    "--baseline",
    "storage/minimum-tls",
    "--owner",
    "Ships",
    "--reason",
    "Old tablets.",
  ];
  const now = () => new Date("2026-11-23T10:00:00Z");

  test("grants a resource a time, which then is listed, with what exempts nothing and why", async () => {
    const service = await serviceWithExemptions();

    const { code } = await atService(service, [...grant, "--for", "36h"], { now });
    const { out } = await atService(service, ["exemptions"]);

    expect(code).toBe(0);
    expect(out).toEqual([
      `1795399077313-00000001  ${account}: exempt from storage/minimum-tls until 2026-11-24T22:00:00.000Z (owner Ships): Old tablets.`,
      `1795399077313-00000002  ${account}: exempts nothing: has no owner`,
    ]);
  });

  test.each([
    ["2026-11-24", "2026-11-25T00:00:00.000Z"],
    ["2026-11-24T18:00:00+02:00", "2026-11-24T16:00:00.000Z"],
  ])("takes %s as the last day or the end", async (until, end) => {
    const service = await serviceWithExemptions();

    const { out } = await atService(service, [...grant, "--until", until], { now });

    expect(out).toEqual([expect.stringContaining(`until ${end}`)]);
  });

  test("refuses an end that can't be read, and says what is allowed", async () => {
    const { code, error } = await atService(await serviceWithExemptions(), [...grant, "--until", "Friday"], { now });

    expect(code).toBe(3);
    expect(error.join("\n")).toContain("must be a day, 2026-12-24, or a time with its offset");
  });

  test("grants what a tag asks for, by the hash that a look at the resource shows", async () => {
    const value = "c".repeat(64);
    const result = { baseline: "storage/minimum-tls", outcome: "audit", reason: "So it is." };
    const looked = {
      resourceId: account,
      outcome: "audit",
      results: [{ ...result, exemptionAsked: { tag: "t", value } }],
    };
    const service = await startStandIn((route, body) => {
      if (route === "POST /api/recheck") return { status: 200, body: looked };
      if (route !== "POST /api/exemptions" || typeof body !== "object") return undefined;
      return { status: 201, body: { ...body, id, grantedBy: "somebody", active: true } };
    });

    const { out } = await atService(service, ["fix", account, "--dry-run"]);
    const { code } = await atService(service, [...grant, "--for", "1d", "--tag-value", value], { now });

    expect(out.join("\n")).toContain(`--tag-value ${value}`);
    expect(code).toBe(0);
    expect(service.asked["POST /api/exemptions"]?.body).toMatchObject({ tagValue: value });
  });

  test("is ended early by its id", async () => {
    const service = await serviceWithExemptions();
    await atService(service, [...grant, "--until", "2026-12-24T10:00:00Z"]);

    const { out } = await atService(service, ["exemptions", "end", "1795399077313-00000001"]);

    expect(out[0]).toMatch(/^Ended: .* until 2026-12-24T10:00:00\.000Z \(over/);
  });

  test.each([
    ["no end", grant, /Say how long/],
    ["two ends", [...grant, "--for", "1d", "--until", "2026-12-24T10:00:00Z"], /Say how long/],
    ["an end that is none", [...grant, "--for", "soon"], /--for: must be hours or days/],
    ["no reason", grant.slice(0, -2), /--reason is missing/],
    [
      "a baseline that there is not",
      [...grant.slice(0, 3), "x/y", ...grant.slice(4), "--for", "1d"],
      /--baseline: .*storage\/minimum-tls/,
    ],
  ])("is refused with %s", async (_what, line, message) => {
    const { code, error } = await run(line, { FUNCTIONS_URL: "http://127.0.0.1:9", FUNCTIONS_KEY: "key" });

    expect(code).toBe(3);
    expect(error.join("\n")).toMatch(message);
  });
});

test("stop and resume turn the switch, with the reason", async () => {
  let stopped = false;
  const service = await startStandIn((route) => {
    stopped = route === "POST /api/stop";
    return { status: 200, body: { writesStopped: stopped } };
  });

  const halted = await atService(service, ["stop", "--reason", "Drill."]);
  expect(halted.out).toEqual(["Writes to Azure are stopped."]);
  expect(stopped).toBe(true);

  const resumed = await atService(service, ["resume", "--reason", "Drill over."]);
  expect(resumed.out).toEqual(["Writes to Azure go on."]);
  expect(stopped).toBe(false);
  expect(service.asked["POST /api/stop"]?.body).toEqual({ reason: "Drill." });
});

test("explain tells what decides and why, with what a terminal would act on escaped", async () => {
  const service = await startStandIn(() => ({
    status: 200,
    body: {
      resourceId: account,
      outcome: "exempt",
      policy: "The policy file decides.",
      writes: "Writes are possible.",
      baselines: [
        {
          baseline: "storage/minimum-tls",
          mode: "enforce",
          decidedBy: "exemption",
          rule: "ships",
          now: "It is left alone.",
          because: ["Exempt by \u001b[2J\u202eowner."],
        },
      ],
    },
  }));

  const { out } = await atService(service, ["explain", account]);

  expect(out).toEqual([
    `${account}: exempt`,
    "  The policy file decides.",
    "  Writes are possible.",
    "  storage/minimum-tls (enforce): It is left alone.",
    "    Decided by exemption, rule ships.",
    "    Exempt by \\u001b[2J\\u202eowner.",
  ]);
});

function decide(service: StandIn, line: readonly string[], word?: string): Promise<Ran> {
  return atService(service, line, word === undefined ? {} : { ask: async () => word });
}

function atService(service: StandIn, line: readonly string[], more: Parameters<typeof run>[2] = {}): Promise<Ran> {
  return run(line, { FUNCTIONS_URL: service.url, FUNCTIONS_KEY: "key" }, more);
}
