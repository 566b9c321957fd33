import { beforeEach, describe, expect, test, vi } from "vitest";
import type { Caller } from "../../../shared/access/caller.ts";
import { entriesOf } from "../../../shared/journal/history.ts";
import { emptyState } from "../../../shared/state/resource-state.ts";
import { exemptionSchema, exemptionsSchema } from "../../end-to-end/answers.ts";
import { useAzurite } from "../../support/azurite.ts";
import { engineer } from "../../support/engine-world.ts";
import { resourceId } from "../../support/things.ts";

const azurite = useAzurite();
const subscription = "/subscriptions/11111111-1111-4111-8111-111111111111";
const account = `${subscription}/resourceGroups/cruises/providers/Microsoft.Storage/storageAccounts/passengers`;
const tls = "storage/minimum-tls";
const bridge = "33333333-3333-4333-8333-333333333333";
const approver: Caller = { kind: "person", objectId: bridge, roles: new Set(["Approver"]) };
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

beforeEach(async () => {
  const { table, queue } = azurite.clients();
  await table("exemptions").deleteTable();
  await queue("changes").createIfNotExists();
  await queue("changes").clearMessages();
});

async function doors(environment: { [name: string]: string } = {}) {
  vi.resetModules();
  vi.unstubAllEnvs();
  const settings = { AzureWebJobsStorage: azurite.connectionString(), SCOPES: subscription, ...environment };
  for (const [name, value] of Object.entries(settings)) vi.stubEnv(name, value);
  const { grantExemption, endExemption, listExemptions } = await import("../../../shared/doors/exemptions.ts");
  const { storage, service } = await import("../../../shared/service/service.ts");
  return {
    storage,
    service,
    grant: (more: object = {}, caller = approver) =>
      grantExemption(JSON.stringify({ ...exemption(), ...more }), caller, silent),
    end: (id: string) => endExemption(id, approver, silent),
    list: (query = "") => listExemptions(new URLSearchParams(query), silent),
  };
}

function exemption(): object {
  return { scope: account, baseline: tls, owner: "Bridge", reason: "Old tablets.", until: inDays(1) };
}

function inDays(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString();
}

describe("an exemption", () => {
  test("is granted with who granted it, is in the journal, and has its resource looked at", async () => {
    const { grant, list, storage } = await doors();

    const { status, jsonBody } = await grant();

    expect(status).toBe(201);
    const granted = exemptionSchema.parse(jsonBody);
    expect(granted).toMatchObject({ ...exemption(), until: granted.until, grantedBy: bridge });
    const { exemptions } = exemptionsSchema.parse((await list()).jsonBody);
    expect(exemptions).toEqual([{ ...granted, active: true }]);
    const entries = await entriesOf(storage().journalBlobs, resourceId(account));
    expect(entries.filter(({ exemptionId }) => exemptionId === granted.id)).toMatchObject([
      { kind: "exemption", event: "granted", resourceId: account, by: bridge },
    ]);
    expect((await azurite.clients().queue("changes").getProperties()).approximateMessagesCount).toBe(1);
  });

  test("is ended early by a person, once", async () => {
    const { grant, end, list } = await doors();
    const { id } = exemptionSchema.parse((await grant()).jsonBody);

    expect(await end(id)).toMatchObject({ status: 200, jsonBody: { id, endedBy: bridge } });

    expect((await list()).jsonBody).toMatchObject({ exemptions: [{ id, active: false }] });
    expect(await end(id)).toMatchObject({ status: 409, jsonBody: { error: { code: "exemption-over" } } });
  });

  test("that is not there can't be ended", async () => {
    const { end } = await doors();

    expect(await end("1795399077313-9ec8bcd4")).toMatchObject({
      status: 404,
      jsonBody: { error: { code: "exemption-unknown" } },
    });
  });

  test.each<[string, object, string]>([
    ["without an owner", { owner: " " }, "owner"],
    ["without a reason", { reason: "" }, "reason"],
    ["for a reason that would play with a terminal", { reason: "\u001b[2JAll is well." }, "reason"],
    ["of no baseline that there is", { baseline: "storage/everything" }, "baseline"],
    ["that lasts longer than is allowed", { until: inDays(91) }, "until"],
    ["that is over already", { until: inDays(-1) }, "until"],
    ["until some day", { until: "some day" }, "until"],
    ["of a scope that is none", { scope: "/subscriptions/all" }, "scope"],
    ["for a tag while tags ask for nothing", { tagValue: "a".repeat(64) }, "tagValue"],
  ])("%s is refused, with what is wrong", async (_what, more, target) => {
    const { grant, list } = await doors();

    expect(await grant(more)).toMatchObject({
      status: 400,
      jsonBody: { error: { code: "body-invalid", details: [expect.objectContaining({ target })] } },
    });
    expect((await list()).jsonBody).toEqual({ exemptions: [] });
  });

  test("for a tag goes with one resource", async () => {
    const { grant } = await doors({ EXEMPTION_TAG: "exempt" });
    const tagValue = "a".repeat(64);

    expect(await grant({ tagValue, scope: subscription })).toMatchObject({ status: 400 });
    expect(await grant({ tagValue })).toMatchObject({ status: 201, jsonBody: { tagValue } });
  });

  test("may last as long as the setting says", async () => {
    const { grant } = await doors({ EXEMPTION_MOST_DAYS: "3" });

    expect((await grant({ until: inDays(4) })).status).toBe(400);
    expect((await grant({ until: inDays(2.9) })).status).toBe(201);
  });

  test.each([
    ["another subscription", subscription.replace("1111", "2222")],
    ["a resource of another subscription", account.replace("1111", "2222")],
  ])("of %s is out of scope", async (_what, scope) => {
    const { grant } = await doors();

    expect(await grant({ scope })).toMatchObject({ status: 403, jsonBody: { error: { code: "out-of-scope" } } });
  });

  test("of a resource with a finding is not granted to who made it, nor to the team behind the pipeline that did", async () => {
    const deployer = "44444444-4444-4444-8444-444444444444";
    const { grant, service } = await doors({ DEPLOYER_TEAMS: JSON.stringify({ [deployer]: [engineer] }) });
    const configured = service();
    if (!configured.ok) throw new Error("The settings are wrong.");
    const { states } = configured.service.world(silent);
    const since = new Date().toISOString();
    const found = { outcome: "awaiting-approval", fingerprint: "", since } as const;
    const { version } = await states.read(resourceId(account));
    await states.write(resourceId(account), {
      version,
      state: { ...emptyState(), outcomes: { [tls]: found }, changers: [{ by: deployer, at: since }] },
    });
    const person = (objectId: string): Caller => ({ ...approver, objectId });
    const refused = { status: 403, jsonBody: { error: { code: "approval-by-changer" } } };

    expect(await grant({}, person(engineer))).toMatchObject(refused);
    expect(await grant({ baseline: "all" }, person(deployer))).toMatchObject(refused);
    const group = account.slice(0, account.indexOf("/providers"));
    expect(await grant({ scope: group.toLowerCase() }, person(engineer))).toMatchObject(refused);
    expect(await grant({ scope: subscription }, person(engineer))).toMatchObject(refused);
    expect(await grant({ scope: `${group}2` }, person(engineer))).toMatchObject({ status: 201 });
    expect(await grant({ baseline: "storage/secure-transfer" }, person(engineer))).toMatchObject({ status: 201 });
    expect(await grant()).toMatchObject({ status: 201 });
  });
});

test("an exemption of what was just found waits until it is known who changed it, for ten minutes", async () => {
  const { grant, service } = await doors();
  const configured = service();
  if (!configured.ok) throw new Error("The settings are wrong.");
  const { states } = configured.service.world(silent);
  const found = async (minutesAgo: number) => {
    const since = new Date(Date.now() - minutesAgo * 60_000).toISOString();
    const outcomes = { [tls]: { outcome: "audit", fingerprint: "", since } } as const;
    const { version } = await states.read(resourceId(account));
    await states.write(resourceId(account), { version, state: { ...emptyState(), outcomes } });
  };
  const person: Caller = { ...approver, objectId: engineer };

  await found(9);
  expect(await grant({}, person)).toMatchObject({ status: 409, jsonBody: { error: { code: "changer-unknown" } } });
  await found(11);
  expect(await grant({}, person)).toMatchObject({ status: 201 });
});

describe("the list of exemptions", () => {
  test("has pages, newest first", async () => {
    const { grant, list } = await doors();
    for (const owner of ["a", "b", "c"]) await grant({ owner });

    const first = exemptionsSchema.parse((await list("top=2")).jsonBody);
    const second = exemptionsSchema.parse((await list(`top=2&continuation=${first.continuation}`)).jsonBody);

    expect([...first.exemptions, ...second.exemptions].map(({ owner }) => owner)).toEqual(["c", "b", "a"]);
    expect(second.continuation).toBeUndefined();
  });

  test("shows one that can't be read with its problem; it is not active", async () => {
    const { list, storage } = await doors();
    await storage().exemptions.all();
    const row = { partitionKey: "exemption", rowKey: "8204600000000-00000001", scope: account, baseline: "all" };
    await azurite.clients().table("exemptions").createEntity(row);

    expect((await list()).jsonBody).toMatchObject({
      exemptions: [{ scope: account, active: false, problem: expect.stringContaining("owner") }],
    });
  });

  test.each(["top=0", "continuation=x"])("refuses %s", async (query) => {
    const { list } = await doors();

    expect(await list(query)).toMatchObject({ status: 400, jsonBody: { error: { code: "query-invalid" } } });
  });
});
