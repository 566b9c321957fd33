import { describe, expect, test } from "vitest";
import { mostTries } from "../../../shared/doors/last-try.ts";
import { CodedError } from "../../../shared/errors.ts";
import type { JsonObject } from "../../../shared/json.ts";
import {
  type BaselinePolicy,
  type Policies,
  type Policy,
  settingsPolicies,
} from "../../../shared/policy/resource-policy.ts";
import type { ConfiguredScope, CurrentScopes } from "../../../shared/policy/scopes.ts";
import type { Control } from "../../../shared/state/stores.ts";
import { tableOperations } from "../../../shared/sweep/operations.ts";
import type { GraphPage, ResourceGraph } from "../../../shared/sweep/resource-graph.ts";
import { summariseOnce } from "../../../shared/sweep/summary.ts";
import {
  giveUpPage,
  handleSweepPage,
  type SweepWorld,
  startRecheck,
  startSweep,
  sweepPageSchema,
} from "../../../shared/sweep/sweep.ts";
import { useAzurite } from "../../support/azurite.ts";
import { manualClock } from "../../support/clock.ts";
import { testSettings } from "../../support/engine-world.ts";
import { memoryJournal } from "../../support/memory-journal.ts";
import { memoryLog } from "../../support/memory-log.ts";
import { memoryOutbox } from "../../support/memory-outbox.ts";
import { memoryControl, memoryStates } from "../../support/memory-stores.ts";
import {
  bound,
  compliant,
  encryption,
  minimumVersion,
  propertyBaseline,
  subscriptionId,
  thingBody,
  thingId,
  thingType,
} from "../../support/things.ts";

const storage = useAzurite();

interface Row {
  id: string;
  body: JsonObject;
}

/** Resource Graph over rows in memory, two a page. */
function memoryGraph(rows: Row[]) {
  const graph: ResourceGraph & { failures: number; asked: ConfiguredScope[] } = {
    failures: 0,
    asked: [],
    async page(_type, scope, skipToken): Promise<GraphPage> {
      graph.asked.push(scope);
      if (graph.failures > 0) {
        graph.failures -= 1;
        throw new CodedError("azure-refused", "Resource Graph: throttled");
      }
      const begin = Number(skipToken ?? 0);
      const more = begin + 2 < rows.length ? { skipToken: String(begin + 2) } : {};
      return { resources: rows.slice(begin, begin + 2), ...more };
    },
  };
  return graph;
}

function sweepWorld(rows: Row[], scopes: ConfiguredScope[] = [{ subscriptionId }], current?: CurrentScopes) {
  const clock = manualClock();
  const graph = memoryGraph(rows);
  const changes = memoryOutbox(clock.now);
  const sweeps = memoryOutbox(clock.now);
  const journal = memoryJournal();
  const log = memoryLog();
  let ids = 0;
  const states = memoryStates();
  const settings = testSettings({
    baselines: [
      [encryption, "enforce"],
      [minimumVersion, "audit"],
    ],
    settings: { scopes },
  });
  const connections = { isConnected: async (_subscriptionId: string) => true };
  const world: SweepWorld & { now(): Date; journal: typeof journal } = {
    now: clock.now,
    journal,
    uuid: () => {
      ids += 1;
      return `00000000-0000-4000-8000-${String(ids).padStart(12, "0")}`;
    },
    settings,
    scopes: async () => current ?? { scopes: scopes.filter((each) => "subscriptionId" in each), unsure: [] },
    policies: settingsPolicies(settings.baselines),
    types: [thingType],
    graph,
    connections,
    control: memoryControl(clock.now),
    states,
    operations: tableOperations(storage.freshTable(), clock.now),
    changes,
    sweeps,
    log,
  };
  /** Handles pages until none is due. */
  async function drain(): Promise<void> {
    for (let due = sweeps.takeDue(); due.length > 0; due = sweeps.takeDue()) {
      for (const message of due) await handleSweepPage(world, sweepPageSchema.parse(JSON.parse(message)));
    }
  }
  const enqueued = () => changes.waiting().map(({ message }) => JSON.parse(message));
  return { world, clock, graph, changes, sweeps, journal, log, states, drain, enqueued };
}

function row(name: string, properties: JsonObject = {}): Row {
  return { id: thingId(name).text, body: thingBody(properties) };
}

function policiesOf(of: (id: string) => BaselinePolicy[]): Policies {
  const policy: Policy = { reference: { version: "aaaa" }, of: ({ id }) => of(id) };
  return { current: async () => policy, beforeWrite: async () => policy };
}

test("a listing that is given up ends its operation as failed, once what was found is judged", async () => {
  const { world } = sweepWorld([]);
  const operationId = world.uuid();
  const page = {
    version: 1,
    sweepId: "1",
    type: thingType,
    scope: { subscriptionId },
    dryRun: false,
    attempt: 0,
  } as const;
  await startRecheck(world, { operationId, asked: "all", scopes: [{ subscriptionId }], dryRun: false, askedBy: "a" });
  await world.operations.found(operationId, thingId());

  await giveUpPage(world, { ...page, operationId });

  expect(await world.operations.read(operationId)).toMatchObject({ status: "running" });
  await world.operations.tell(operationId, thingId().text, { outcome: "compliant", results: [] });
  expect(await world.operations.read(operationId)).toMatchObject({ status: "failed", found: 1, judged: 1 });
});

test("a sweep tells which subscriptions of its scopes are not connected, and of which Azure does not show it", async () => {
  const [lost, hidden] = ["00000000-0000-4000-8000-00000000000b", "00000000-0000-4000-8000-00000000000c"];
  const scopes = [subscriptionId, lost, lost, hidden].map((each) => ({ subscriptionId: each }));
  const { world, log } = sweepWorld([], scopes);
  const isConnected = async (asked: string) => {
    if (asked === hidden) throw new Error("AuthorizationFailed: no");
    return asked !== lost;
  };

  await startSweep({ ...world, connections: { isConnected } });

  expect(log.lines).toContainEqual({
    level: "warn",
    message: "subscriptions not connected",
    data: { subscriptions: [lost] },
  });
  expect(log.lines).toContainEqual({
    level: "warn",
    message: "connections can't be read",
    data: { subscriptions: [{ subscriptionId: hidden, reason: "AuthorizationFailed: no" }] },
  });
  expect(JSON.parse((await world.control.lastConnections()) ?? "")).toEqual({
    at: world.now().toISOString(),
    notConnected: { count: 1, subscriptions: [lost] },
    unknown: { count: 1, subscriptions: [{ subscriptionId: hidden, reason: "AuthorizationFailed: no" }] },
  });
});

test("what is kept of thousands of subscriptions fits into a row of the table, with their number", async () => {
  const id = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;
  const scopes = Array.from({ length: 3000 }, (_, number) => ({ subscriptionId: id(number) }));
  const { world } = sweepWorld([], scopes);
  const isConnected = async (asked: string) => {
    if (Number(asked.slice(-1)) % 2 === 0) throw new Error("x".repeat(2000));
    return false;
  };

  await startSweep({ ...world, types: [], connections: { isConnected } });

  const json = (await world.control.lastConnections()) ?? "";
  expect(json.length).toBeLessThan(32_000);
  expect(JSON.parse(json)).toMatchObject({ notConnected: { count: 1500 }, unknown: { count: 1500 } });
});

describe("a sweep", () => {
  test("holds each row against the parameters that the policy has for it", async () => {
    const { world, drain, enqueued } = sweepWorld([row("strict", compliant), row("lax", compliant)]);
    const strict = propertyBaseline("strict", "encrypted", "always");
    world.policies = policiesOf((id) => [
      { baseline: bound(id.endsWith("strict") ? strict : encryption), mode: "audit" },
    ]);

    await startSweep(world);
    await drain();

    expect(enqueued().map(({ resourceId }) => resourceId)).toEqual([thingId("strict").text]);
  });

  test("puts on the queue what falls short or can't be told, page after page; compliant rows cost nothing", async () => {
    const unknown = { id: thingId("unknown").text, body: { properties: { minimumVersion: "2" } } };
    const rows = [
      row("good", compliant),
      row("weak"),
      row("fine", compliant),
      unknown,
      row("last", { ...compliant, encrypted: false }),
    ];
    const { world, drain, enqueued } = sweepWorld(rows);

    await startSweep(world);
    await drain();

    const names = enqueued().map(({ resourceId }) => resourceId.split("/").at(-1));
    expect(names).toEqual(["weak", "unknown", "last"]);
    expect(enqueued()[0]).toMatchObject({ cause: { via: "sweep" }, dryRun: false, attempt: 0 });
  });

  test("whose first page could not be sent does not stand in the way of the next one", async () => {
    const { world, drain, enqueued } = sweepWorld([row("weak")]);
    const { sweeps } = world;
    world.sweeps = {
      ...sweeps,
      send: async () => {
        throw new CodedError("storage-unavailable", "The queue does not answer.");
      },
    };
    await expect(startSweep(world)).rejects.toMatchObject({ code: "storage-unavailable" });
    world.sweeps = sweeps;

    await startSweep(world);
    await drain();

    expect(enqueued()).toHaveLength(1);
  });

  test("looks once a day at a row that shows no finding and can't show all that its baseline sees", async () => {
    const { world, drain, enqueued, states, clock } = sweepWorld([row("tunnel", compliant)]);
    const seesMore = propertyBaseline("sees-more", "encrypted", true, { parts: ["access"] });
    world.policies = settingsPolicies(testSettings({ baselines: [[seesMore, "enforce"]] }).baselines);
    await startSweep(world);
    await drain();
    const unread = enqueued().length;
    const remembered = await states.read(thingId("tunnel"));
    const outcomes = { "things/sees-more": { outcome: "compliant" as const, fingerprint: "f" } };
    const state = { ...remembered.state, readAt: clock.now().toISOString(), outcomes };
    await states.write(thingId("tunnel"), { ...remembered, state });
    await startSweep(world);
    await drain();
    const remembering = enqueued().length;
    clock.advance(24 * 3600);
    await startSweep(world);
    await drain();

    expect([unread, remembering, enqueued().length]).toEqual([1, 1, 2]);
  });

  test("that runs is not started again, one that ended is, and one that fell silent too", async () => {
    const { world, drain, clock } = sweepWorld([row("a")]);

    const started = [await startSweep(world), await startSweep(world)];
    await drain();
    started.push(await startSweep(world));
    clock.advance(31 * 60);
    started.push(await startSweep(world));

    expect(started.map((each) => each.started)).toEqual([1, 0, 1, 1]);
  });

  test("leaves the pages of one that was taken over", async () => {
    const { world, clock, sweeps, drain, enqueued } = sweepWorld([row("a")]);
    await startSweep(world);
    const old = sweeps.takeDue();
    clock.advance(121 * 60);
    await startSweep(world);
    for (const message of old) await handleSweepPage(world, sweepPageSchema.parse(JSON.parse(message)));
    expect(enqueued()).toEqual([]);

    await drain();

    expect(enqueued()).toHaveLength(1);
  });

  test("leaves rows alone that lie outside the scopes, or whose id is none", async () => {
    const inGroup = [{ subscriptionId, resourceGroup: "another" }];
    const { world, drain, enqueued } = sweepWorld([row("a"), { id: "/nonsense", body: {} }], inGroup);

    await startSweep(world);
    await drain();

    expect(enqueued()).toEqual([]);
  });

  test("puts a page off that Resource Graph does not answer", async () => {
    const { world, graph, drain, clock, enqueued, sweeps } = sweepWorld([row("a")]);
    graph.failures = 1;
    await startSweep(world);

    await drain();
    expect([enqueued().length, sweeps.waiting().length]).toEqual([0, 1]);
    clock.advance(30);
    await drain();

    expect(enqueued()).toHaveLength(1);
  });
});

describe("a page during an outage of the tables", () => {
  const unavailable = async () => {
    throw new CodedError("storage-unavailable", "Table control: 503");
  };

  test.each<[string, keyof Control]>([
    ["before it was looked through", "continueSweep"],
    ["after all was put on the queue", "endSweep"],
  ])("that begins %s comes again as often as it takes, and the sweep ends", async (_when, request) => {
    const { world, drain, clock, enqueued, sweeps } = sweepWorld([row("weak")]);
    const { control } = world;
    await startSweep(world);
    world.control = { ...control, [request]: unavailable };

    for (let tries = 0; tries < mostTries + 1; tries += 1) {
      await drain();
      clock.advance(900);
    }
    expect(sweeps.waiting()).toHaveLength(1);
    world.control = control;
    await drain();

    expect(sweeps.waiting()).toEqual([]);
    expect(new Set(enqueued().map(({ resourceId }) => resourceId))).toEqual(new Set([thingId("weak").text]));
    expect(await startSweep(world)).toEqual({ started: 1, running: 0 });
  });

  test("that begins between two rows has all of them looked at", async () => {
    const { world, drain, clock, enqueued } = sweepWorld([row("first"), row("second"), row("third")]);
    const { changes } = world;
    await startSweep(world);
    world.changes = {
      ...changes,
      send: async (text, seconds) => (enqueued().length < 1 ? changes.send(text, seconds) : unavailable()),
    };
    await drain();
    world.changes = changes;
    clock.advance(30);
    await drain();

    const names = enqueued().map(({ resourceId }) => resourceId.split("/").at(-1));
    expect(names).toEqual(["first", "first", "second", "third"]);
  });

  test("that lasts for hours fails in the end, so that it is kept as poison and told of", async () => {
    const { world, drain, clock } = sweepWorld([row("weak")]);
    await startSweep(world);
    world.control = { ...world.control, continueSweep: unavailable };
    const begin = clock.now().getTime();
    const outlast = async () => {
      for (;;) {
        await drain();
        clock.advance(30);
      }
    };

    await expect(outlast()).rejects.toMatchObject({ code: "storage-unavailable" });

    const hours = (clock.now().getTime() - begin) / 3_600_000;
    expect(hours).toBeGreaterThan(4);
    expect(hours).toBeLessThan(6);
  });

  test("fails where it is no outage: the host delivers it again, and keeps it in the end", async () => {
    const { world, drain } = sweepWorld([row("weak")]);
    await startSweep(world);
    world.policies = {
      ...world.policies,
      current: async () => {
        throw new Error("A mistake.");
      },
    };

    await expect(drain()).rejects.toThrow("A mistake.");
  });
});

describe("a re-check of a scope", () => {
  test("looks at every resource, compliant ones too, and is done when each was judged", async () => {
    const { world, drain, enqueued } = sweepWorld([row("good", compliant), row("weak"), row("other")]);
    const operationId = world.uuid();
    await startRecheck(world, { operationId, asked: "all", scopes: [{ subscriptionId }], dryRun: true, askedBy: "me" });
    expect(await world.operations.read(operationId)).toMatchObject({ status: "running", found: 0 });

    await drain();
    expect(await world.operations.read(operationId)).toMatchObject({ status: "running", found: 3, judged: 0 });
    for (const { resourceId, cause, dryRun } of enqueued()) {
      expect([cause.operationId, dryRun]).toEqual([operationId, true]);
      await world.operations.tell(operationId, resourceId, { outcome: "audit", results: [] });
    }

    expect(await world.operations.read(operationId)).toMatchObject({
      status: "succeeded",
      found: 3,
      judged: 3,
      outcomes: { audit: 3 },
    });
  });

  test("of which a page came twice forgets no result", async () => {
    const { world } = sweepWorld([]);
    const operationId = world.uuid();
    await world.operations.begin({ operationId, scope: "all", dryRun: false, listings: [] });
    await world.operations.found(operationId, thingId());
    await world.operations.tell(operationId, thingId().text, { outcome: "compliant", results: [] });

    await world.operations.found(operationId, thingId());

    expect(await world.operations.read(operationId)).toMatchObject({ status: "succeeded", outcomes: { compliant: 1 } });
  });

  test("that nobody started is not there", async () => {
    const { world } = sweepWorld([]);

    expect(await world.operations.read(world.uuid())).toBeUndefined();
  });
});

describe("the summary before the first write", () => {
  test("counts by baseline what would be done, once a scope", async () => {
    const { world, journal, log } = sweepWorld([row("a"), row("b", { encrypted: true }), row("c", compliant)]);

    const failures = [
      await summariseOnce(world, { subscriptionId }, new Map()),
      await summariseOnce(world, { subscriptionId }, new Map()),
    ];

    expect(failures).toEqual([undefined, undefined]);
    expect(journal.entries).toMatchObject([
      {
        kind: "summary",
        resources: 3,
        complete: true,
        findings: [
          { baseline: "things/encryption", mode: "enforce", resources: 1, unknown: 0 },
          { baseline: "things/minimum-version", mode: "audit", resources: 2, unknown: 0 },
        ],
      },
    ]);
    expect(log.lines).toHaveLength(1);
  });

  test("says of how many Resource Graph can't tell, and leaves out what a baseline does not apply to", async () => {
    const lacking = { id: thingId("lacking").text, body: { properties: { minimumVersion: "2" } } };
    const { world, journal } = sweepWorld([lacking, row("weak"), row("other-kind", { kind: "other" })]);
    const some = propertyBaseline("some", "encrypted", true, {
      unsupported: ({ body }) => (JSON.stringify(body).includes('"kind":"other"') ? "Of another kind." : undefined),
    });
    world.policies = settingsPolicies(testSettings({ baselines: [[some, "enforce"]] }).baselines);

    await summariseOnce(world, { subscriptionId }, new Map());

    expect(journal.entries).toMatchObject([{ findings: [{ baseline: "things/some", resources: 1, unknown: 1 }] }]);
  });

  test("counts by the mode that the policy has for each resource, and what is exempt as that", async () => {
    const { world, journal } = sweepWorld([row("a"), row("quiet"), row("agreed")]);
    const [enforced] = testSettings({ baselines: [[encryption, "enforce"]] }).baselines;
    if (!enforced) throw new Error("There is no baseline.");
    const exemption = { owner: "Deck 4", reason: "Old reader", until: "2026-12-24T00:00:00.000Z" };
    world.policies = policiesOf((id) => {
      if (id.endsWith("quiet")) return [{ ...enforced, mode: "audit" }];
      return [id.endsWith("agreed") ? { ...enforced, exemption } : enforced];
    });

    await summariseOnce(world, { subscriptionId }, new Map());

    expect(journal.entries).toMatchObject([
      {
        policy: { version: "aaaa" },
        findings: [
          { baseline: "things/encryption", mode: "enforce", resources: 1, unknown: 0 },
          { baseline: "things/encryption", mode: "audit", resources: 1, unknown: 0 },
          { baseline: "things/encryption", mode: "exempt", resources: 1, unknown: 0 },
        ],
      },
    ]);
  });

  test("is made once by many who ask at once", async () => {
    const { world, journal } = sweepWorld([row("a")]);
    const known = new Map<string, Promise<string | undefined>>();

    await Promise.all([1, 2, 3].map(() => summariseOnce(world, { subscriptionId }, known)));

    expect(journal.entries).toHaveLength(1);
  });

  test("that could not be made says why, and is made the next time", async () => {
    const { world, graph, journal } = sweepWorld([row("a")]);
    const known = new Map<string, Promise<string | undefined>>();
    graph.failures = 1;

    expect(await summariseOnce(world, { subscriptionId }, known)).toContain("throttled");
    expect(journal.entries).toEqual([]);
    expect(await summariseOnce(world, { subscriptionId }, known)).toBeUndefined();
    expect(journal.entries).toHaveLength(1);
  });

  test("is tried again after the storage failed", async () => {
    const { world, journal } = sweepWorld([row("a")]);
    const known = new Map<string, Promise<string | undefined>>();
    const { isSummarised } = world.control;
    world.control.isSummarised = async () => {
      throw new CodedError("storage-unavailable", "Table control: no answer");
    };
    await expect(summariseOnce(world, { subscriptionId }, known)).rejects.toMatchObject({
      code: "storage-unavailable",
    });
    world.control.isSummarised = isSummarised;

    expect(await summariseOnce(world, { subscriptionId }, known)).toBeUndefined();
    expect(journal.entries).toHaveLength(1);
  });
});

describe("a sweep of a management group", () => {
  const moved = "22222222-2222-4222-8222-222222222222";
  const lines: ConfiguredScope = { managementGroup: "Lines" };
  const violating = row("weak", { encrypted: false });
  const elsewhere = { ...violating, id: violating.id.replaceAll(subscriptionId, moved) };

  test("asks for the group as a whole, and looks at what is in the subscriptions that it holds, by the policy of each", async () => {
    const current = { scopes: [{ subscriptionId }], unsure: [] };
    const { world, graph, drain, enqueued } = sweepWorld([violating, elsewhere], [lines], current);
    const asked: string[] = [];
    const policies = world.policies;
    world.policies = {
      ...policies,
      current(id) {
        asked.push(id);
        return policies.current(id);
      },
    };

    expect(await startSweep(world)).toEqual({ started: 1, running: 0 });
    await drain();

    expect(graph.asked).toEqual([lines]);
    expect(enqueued().map(({ resourceId }) => resourceId)).toEqual([violating.id]);
    expect(asked).toEqual([subscriptionId]);
    expect(await startSweep(world)).toEqual({ started: 1, running: 0 });
  });

  test("leaves to the next one what may or may not be in the group, and says so", async () => {
    const { world, log, drain, enqueued } = sweepWorld([elsewhere], [lines], { scopes: [], unsure: ["Lines"] });

    await startSweep(world);
    await drain();

    expect(enqueued()).toEqual([]);
    expect(log.lines).toContainEqual({
      level: "warn",
      message: "subscriptions of management groups can't be read",
      data: { managementGroups: ["Lines"] },
    });
  });

  test("that somebody asked for leaves that to the look", async () => {
    const { world, drain, enqueued } = sweepWorld([elsewhere], [lines], { scopes: [], unsure: ["Lines"] });
    const operationId = world.uuid();

    await startRecheck(world, { operationId, asked: "all", scopes: [lines], dryRun: true, askedBy: "me" });
    await drain();

    expect(enqueued().map(({ resourceId }) => resourceId)).toEqual([elsewhere.id]);
    expect(await world.operations.read(operationId)).toMatchObject({ status: "running", found: 1 });
  });

  test("tells which subscriptions in the group are not connected", async () => {
    const current = { scopes: [{ subscriptionId }, { subscriptionId: moved }], unsure: [] };
    const { world, log } = sweepWorld([], [lines], current);
    world.connections = { isConnected: async (id: string) => id === subscriptionId };

    await startSweep(world);

    expect(log.lines).toContainEqual({
      level: "warn",
      message: "subscriptions not connected",
      data: { subscriptions: [moved] },
    });
  });

  test("of two groups are two sweeps, which end each by itself", async () => {
    const current = { scopes: [], unsure: [] };
    const { world } = sweepWorld([], [lines, { managementGroup: "Ferries" }], current);

    expect(await startSweep(world)).toEqual({ started: 2, running: 0 });
    expect(await startSweep(world)).toEqual({ started: 0, running: 2 });
  });
});
