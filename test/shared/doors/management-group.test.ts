import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Caller } from "../../../shared/access/caller.ts";
import { useAzurite } from "../../support/azurite.ts";

const azurite = useAzurite();
const own = "11111111-1111-4111-8111-111111111111";
const held = "22222222-2222-4222-8222-222222222222";
const foreign = "33333333-3333-4333-8333-333333333333";
const operator: Caller = { kind: "function key", roles: new Set(["Operator"]) };
const ignore = () => undefined;
const invocation = { error: ignore, info: ignore, warn: ignore, triggerMetadata: {} };

const noAnswer = "AuthorizationFailed: no.";
/** The subscriptions that Azure says to be in the group; nothing where it does not show it. */
let answer: string[] | undefined;

beforeEach(async () => {
  answer = [held];
  for (const name of ["changes", "sweeps"]) {
    await azurite.clients().queue(name).createIfNotExists();
    await azurite.clients().queue(name).clearMessages();
  }
});
afterEach(() => {
  vi.doUnmock("../../../shared/sweep/group-subscriptions.ts");
  vi.unstubAllEnvs();
});

/** The doors of a process of its own, with a management group and a subscription as its scopes. */
async function doors() {
  vi.resetModules();
  vi.doMock("../../../shared/sweep/group-subscriptions.ts", () => ({
    subscriptionsInGroup: () => async () => {
      if (answer) return answer;
      const { CodedError } = await import("../../../shared/errors.ts");
      throw new CodedError("azure-refused", noAnswer);
    },
  }));
  vi.stubEnv("AzureWebJobsStorage", azurite.connectionString());
  vi.stubEnv("SCOPES", `/providers/Microsoft.Management/managementGroups/lines, /subscriptions/${own}`);
  vi.stubEnv("IDENTITY_ENDPOINT", undefined);
  const [event, change, recheck, exemptions, health, service] = await Promise.all([
    import("../../../shared/doors/take-event.ts"),
    import("../../../shared/doors/handle-change.ts"),
    import("../../../shared/doors/recheck.ts"),
    import("../../../shared/doors/exemptions.ts"),
    import("../../../shared/doors/health.ts"),
    import("../../../shared/service/service.ts"),
  ]);
  return { ...event, ...change, ...recheck, ...exemptions, ...health, storage: service.storage };
}

function accountIn(subscription: string): string {
  return `/subscriptions/${subscription}/resourceGroups/cruises/providers/Microsoft.Storage/storageAccounts/passengers`;
}

function eventIn(subscription: string): object {
  return {
    id: "event-1",
    eventType: "Microsoft.Resources.ResourceWriteSuccess",
    eventTime: "2026-11-23T08:00:00Z",
    data: { resourceUri: accountIn(subscription), operationName: "Microsoft.Storage/storageAccounts/write" },
  };
}

function changeIn(subscription: string): object {
  return { version: 1, resourceId: accountIn(subscription), cause: { via: "event" }, attempt: 0, dryRun: false };
}

async function waiting(): Promise<number> {
  return (await azurite.clients().queue("changes").getProperties()).approximateMessagesCount ?? 0;
}

describe("while Azure does not say what the management group holds", () => {
  beforeEach(() => {
    answer = undefined;
  });

  test("an event of any subscription is kept", async () => {
    const { takeEvent, storage } = await doors();
    const before = (await storage().control.counters())["out-of-scope"] ?? 0;

    await takeEvent(eventIn(foreign), invocation);

    expect(await waiting()).toBe(1);
    expect((await storage().control.counters())["out-of-scope"] ?? 0).toBe(before);
  });

  test("a change that may be in it goes back to the queue, and counts as nothing", async () => {
    const { handleChange, storage } = await doors();
    const before = (await storage().control.counters())["out-of-scope"] ?? 0;

    await handleChange(changeIn(held), invocation);

    expect(await waiting()).toBe(1);
    expect((await storage().control.counters())["out-of-scope"] ?? 0).toBe(before);
  });

  test("a request about what may be in it is answered 503, scopes-unknown", async () => {
    const { recheck, grantExemption } = await doors();
    const unknown = { status: 503, jsonBody: { error: { code: "scopes-unknown" } } };
    const exemption = { baseline: "all", owner: "Deck 4", reason: "Old", until: new Date(Date.now() + 3_600_000) };

    expect(await recheck(JSON.stringify({ resourceId: accountIn(held) }), operator, invocation)).toMatchObject(unknown);
    expect(await recheck(JSON.stringify({ subscriptionId: held }), operator, invocation)).toMatchObject(unknown);
    for (const scope of [`/subscriptions/${held}`, accountIn(held)]) {
      const body = JSON.stringify({ ...exemption, scope });
      expect(await grantExemption(body, operator, invocation)).toMatchObject(unknown);
    }
  });

  test("a subscription that is named itself is swept as ever", async () => {
    const { recheck } = await doors();

    expect(await recheck(JSON.stringify({ subscriptionId: own }), operator, invocation)).toMatchObject({ status: 202 });
  });

  test("health says scopes-unknown, and why", async () => {
    const { health } = await doors();

    expect(await health(invocation)).toMatchObject({
      status: 503,
      jsonBody: {
        status: "scopes-unknown",
        scopes: [{ managementGroup: "lines" }, { subscriptionId: own }],
        managementGroups: [{ managementGroup: "lines", problem: noAnswer }],
      },
    });
  });
});

describe("once Azure said what the management group holds", () => {
  test("a change outside is counted, and so is an event that comes after it", async () => {
    const { handleChange, takeEvent, storage } = await doors();
    const before = (await storage().control.counters())["out-of-scope"] ?? 0;

    await handleChange(changeIn(foreign), invocation);
    await takeEvent(eventIn(foreign), invocation);

    expect((await storage().control.counters())["out-of-scope"]).toBe(before + 2);
    expect(await waiting()).toBe(0);
  });

  test("an event inside is kept for its look", async () => {
    const { health, takeEvent } = await doors();
    await health(invocation);

    await takeEvent(eventIn(held), invocation);

    expect(await waiting()).toBe(1);
  });

  test("a re-check of a subscription in it, or of the group itself, whatever its case, is started", async () => {
    const { recheck } = await doors();

    for (const asked of [{ subscriptionId: held }, { managementGroup: "Lines" }]) {
      expect(await recheck(JSON.stringify(asked), operator, invocation)).toMatchObject({ status: 202 });
    }
  });

  test.each([{ subscriptionId: foreign }, { managementGroup: "other" }])(
    "a re-check of %j is out of scope",
    async (asked) => {
      const { recheck } = await doors();

      expect(await recheck(JSON.stringify(asked), operator, invocation)).toMatchObject({
        status: 403,
        jsonBody: { error: { code: "out-of-scope" } },
      });
    },
  );
});
