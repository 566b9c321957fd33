import { describe, expect, it } from "vitest";
import type { Answer, ServiceClient } from "../../../emulator/demo/clients.ts";
import type { BaselineStanding } from "../../../emulator/demo/service-log.ts";
import { accountStanding, differences, leftDifferences } from "../../../emulator/demo/standings.ts";

const baseline = "storage/secure-transfer";

function standing(outcome: string): BaselineStanding {
  return { baseline, outcome, reason: "", patches: [], findings: [] };
}

function standings(past: string, now: string) {
  return { standings: [standing(past)], outcome: past, now: [standing(now)] };
}

describe("what was expected against how an account stands", () => {
  it.each([
    ["remediated", "compliant"],
    ["compliant", "compliant"],
    ["awaiting-approval", "awaiting-approval"],
    ["blocked", "audit"],
    ["audit", "audit"],
    ["skipped-paused", "skipped-paused"],
    ["unsupported", "unsupported"],
  ])("%s holds where a dry run finds it %s", (past, now) => {
    expect(differences("bookings", { [baseline]: past }, standings(past, now))).toEqual([]);
  });

  it("says what was expected and what it is", () => {
    const found = differences("bookings", { [baseline]: "remediated" }, standings("blocked", "audit"));

    expect(found).toEqual(["bookings, storage/secure-transfer: expected remediated, and it is blocked"]);
  });

  it("expects a baseline that is not named to be compliant", () => {
    expect(differences("bookings", {}, standings("remediated", "compliant"))).toHaveLength(1);
  });

  it("notices that a fix did not last", () => {
    const found = differences("bookings", { [baseline]: "remediated" }, standings("remediated", "audit"));

    expect(found).toEqual([
      "bookings, storage/secure-transfer: remediated as expected, but a re-check now finds it audit",
    ]);
  });

  it("notices a baseline that the service does not tell about", () => {
    const found = differences("bookings", { "storage/minimum-tls": "remediated" }, standings("compliant", "compliant"));

    expect(found).toEqual(["bookings, storage/minimum-tls: expected remediated, and it is unknown"]);
  });
});

describe("how an account stands, by the service's HTTP API", () => {
  it("is what its remediation came to, though a later look finds it compliant", async () => {
    const service = answering({
      recheck: { outcome: "compliant", results: [{ baseline, outcome: "compliant" }] },
      remediations: { remediations: [{ id: "2", outcome: "awaiting-approval" }, { id: "1" }] },
      "remediations/2": { journal: [{ kind: "remediation", results: [{ baseline, outcome: "compliant" }] }] },
      "remediations/1": {
        journal: [
          { kind: "intent" },
          { kind: "remediation", results: [{ baseline, outcome: "remediated", reason: "Fixed." }] },
        ],
      },
    });

    const found = await accountStanding(service, "/some/account");

    expect(found.outcome).toBe("awaiting-approval");
    expect(found.standings).toMatchObject([{ baseline, outcome: "remediated", reason: "Fixed." }]);
  });

  it("tells what a long fix found, though the look that proved it found nothing any more", async () => {
    const found = { path: "properties.state", expected: "Enabled", actual: "Disabled" };
    const looks = [
      { kind: "remediation", results: [{ baseline, outcome: "retrying", findings: [found] }] },
      { kind: "remediation", results: [{ baseline, outcome: "remediated", findings: [] }] },
    ];
    const service = answering({
      recheck: { outcome: "compliant", results: [{ baseline, outcome: "compliant" }] },
      remediations: { remediations: [{ id: "1", outcome: "remediated" }] },
      "remediations/1": { journal: looks },
    });

    const { standings: told } = await accountStanding(service, "/some/database");

    expect(told).toMatchObject([
      { outcome: "remediated", findings: [{ explanation: "state was Disabled, expected Enabled." }] },
    ]);
  });

  it("is what a dry run finds where nothing was ever to be done", async () => {
    const service = answering({
      recheck: { outcome: "compliant", results: [{ baseline, outcome: "compliant", reason: "Nothing to do." }] },
      remediations: { remediations: [] },
    });

    const found = await accountStanding(service, "/some/account");

    expect(found).toMatchObject({ outcome: "compliant", standings: [{ outcome: "compliant" }] });
  });

  it("rejects where the service answers with an error", async () => {
    const service = answering({});

    await expect(accountStanding(service, "/some/account")).rejects.toThrow("404");
  });
});

function answering(bodies: { [path: string]: Answer["body"] }): ServiceClient {
  const answer = async (path: string): Promise<Answer> => {
    const body = bodies[path];
    return body ? { status: 200, body } : { status: 404, body: {} };
  };
  return { get: answer, post: answer, fire: async () => undefined };
}

describe("what Azure shall show of a resource at the end", () => {
  const database = { properties: { status: "Online", state: "Enabled" } };

  it("says nothing where it does", () => {
    expect(leftDifferences("points", { "properties.state": "Enabled" }, database)).toEqual([]);
  });

  it("says what was expected and what it is", () => {
    expect(leftDifferences("points", { "properties.status": "Paused" }, database)).toEqual([
      'points, properties.status: expected "Paused", and it is "Online"',
    ]);
  });
});
