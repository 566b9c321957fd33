import { describe, expect, test } from "vitest";
import { CodedError } from "../../../shared/errors.ts";
import { keptScopes } from "../../../shared/policy/kept-scopes.ts";
import { manualClock } from "../../support/clock.ts";
import { memoryLog } from "../../support/memory-log.ts";

const first = "aaaaaaaa-1111-4111-8111-111111111111";
const second = "bbbbbbbb-1111-4111-8111-111111111111";
const own = { subscriptionId: "cccccccc-1111-4111-8111-111111111111", resourceGroup: "guests" };
const refused = new CodedError("azure-refused", "AuthorizationFailed: no.");

/** Scopes with one group, which Azure says to hold `held`; an error is thrown. */
function groupOf(held: string[] | Error) {
  const clock = manualClock();
  const log = memoryLog();
  const azure = { held, asked: 0 };
  const scopes = keptScopes({
    configured: [own, { managementGroup: "lines" }],
    async read() {
      azure.asked += 1;
      if (azure.held instanceof Error) throw azure.held;
      return azure.held;
    },
    readSeconds: 300,
    now: clock.now,
  });
  return { scopes, clock, log, azure };
}

describe("the scopes, with a management group", () => {
  test("are what is configured, and the subscriptions that Azure names, whatever their case", async () => {
    const { scopes, log } = groupOf([first.toUpperCase()]);

    expect(await scopes.current(log)).toEqual({ scopes: [own, { subscriptionId: first }], unsure: [] });
  });

  test("are asked for once while the answer is fresh, by many at once too", async () => {
    const { scopes, log, azure, clock } = groupOf([first]);

    await Promise.all([scopes.current(log), scopes.current(log)]);
    clock.advance(299);
    await scopes.current(log);

    expect(azure.asked).toBe(1);
    expect(scopes.known().unsure).toEqual([]);
  });

  test("take up a subscription that was moved in, and leave one that was moved out, once the answer ran out", async () => {
    const { scopes, log, azure, clock } = groupOf([first]);
    await scopes.current(log);
    azure.held = [second];

    clock.advance(300);

    expect(await scopes.current(log)).toEqual({ scopes: [own, { subscriptionId: second }], unsure: [] });
  });

  test("that nobody asked for yet are unsure, and asking for what is known asks nobody", () => {
    const { scopes, azure } = groupOf([first]);

    expect(scopes.known()).toEqual({ scopes: [own], unsure: ["lines"] });
    expect(azure.asked).toBe(0);
  });

  test("hold nothing of a group that Azure never showed, and say that they can't tell", async () => {
    const { scopes, log } = groupOf(refused);

    expect(await scopes.current(log)).toEqual({ scopes: [own], unsure: ["lines"] });
    expect(log.lines).toMatchObject([
      {
        level: "warn",
        message: "management group can't be read",
        data: { managementGroup: "lines", error: refused.message },
      },
    ]);
    expect(scopes.groups()).toEqual([{ managementGroup: "lines", problem: refused.message }]);
  });

  test("keep the old answer while Azure does not answer, for what is in scope alone, and for a day", async () => {
    const { scopes, log, azure, clock } = groupOf([first]);
    await scopes.current(log);
    const readAt = clock.now().toISOString();
    azure.held = refused;

    clock.advance(300);

    expect(await scopes.current(log)).toEqual({ scopes: [own, { subscriptionId: first }], unsure: ["lines"] });
    expect(log.lines).toMatchObject([{ data: { readAt } }]);
    expect(scopes.groups()).toMatchObject([{ subscriptions: 1, readAt, problem: refused.message }]);

    clock.advance(24 * 3600);

    expect(await scopes.current(log)).toEqual({ scopes: [own], unsure: ["lines"] });
  });

  test("are asked for again a minute after a failure, no sooner", async () => {
    const { scopes, log, azure, clock } = groupOf(refused);
    await scopes.current(log);
    azure.held = [first];

    clock.advance(59);
    await scopes.current(log);
    expect(azure.asked).toBe(1);
    clock.advance(1);

    expect(await scopes.current(log)).toEqual({ scopes: [own, { subscriptionId: first }], unsure: [] });
    expect(scopes.groups()).toEqual([
      { managementGroup: "lines", subscriptions: 1, readAt: clock.now().toISOString() },
    ]);
  });

  test("are no answer where something fails that is no refusal", async () => {
    const { scopes, log } = groupOf(new TypeError("a mistake"));

    await expect(scopes.current(log)).rejects.toThrow("a mistake");
  });
});
