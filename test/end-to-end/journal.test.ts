import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { runCommand } from "../../command/run-command.ts";
import { errorSchema, recheckedSchema } from "./answers.ts";
import { eventually } from "./eventually.ts";
import { enforceAll, seedAccount, startWorld, type World, writeEvent } from "./world.ts";

let world: World;

const weakTls = { minimumTlsVersion: "TLS1_0" };
const standingSchema = z.object({
  verified: z.boolean(),
  at: z.string().optional(),
  problems: z.array(z.object({ kind: z.string(), entryId: z.string() })),
});

beforeAll(async () => {
  world = await startWorld({ ...enforceAll, APPROVE_WITH_KEY: "true" });
});
afterAll(() => world?.close());

async function healed(name: string): Promise<{ id: string; remediationId: string }> {
  const id = seedAccount(world, name, weakTls);
  await world.deliver(writeEvent(id));
  const { remediationId = "" } = await world.judged(id, "remediated");
  return { id, remediationId };
}

async function command(...line: string[]): Promise<{ code: number; said: string }> {
  const said: string[] = [];
  const write = (text: string) => void said.push(text);
  const environment = {
    AzureWebJobsStorage: world.azure.environment.STORAGE_CONNECTION,
    FUNCTIONS_URL: world.azure.environment.FUNCTIONS_URL,
    FUNCTIONS_KEY: world.azure.functions.keys.function,
  };
  const code = await runCommand(line, environment, { out: write, error: write });
  return { code, said: said.join("\n") };
}

async function standing(): Promise<z.infer<typeof standingSchema>> {
  return standingSchema.parse((await world.get("/api/journal")).body);
}

describe("an undo over HTTP", () => {
  test("puts back what the remediation changed, and what it put back stays, with who asked and why", async () => {
    const { id, remediationId } = await healed("undone");

    const { status, body } = await world.post(`/api/remediations/${remediationId}/undo`, {
      reason: "Old crew tablets.",
    });

    expect(status).toBe(200);
    expect(recheckedSchema.omit({ dryRun: true }).parse(body)).toMatchObject({ outcome: "undone" });
    expect(world.stored(id)).toMatchObject({ properties: { minimumTlsVersion: "TLS1_0" } });
    await world.deliver(writeEvent(id));
    await world.judged(id, "exempt");
    expect(world.stored(id)).toMatchObject({ properties: { minimumTlsVersion: "TLS1_0" } });
    const { said } = await command("journal", "show", id);
    expect(said).toContain(
      `Because function key (Reader, Operator, Approver) undid remediation ${remediationId}: Old crew tablets.`,
    );
    expect(said).toContain("properties.minimumTlsVersion: TLS1_2 becomes TLS1_0");
  });

  test("puts nothing back where somebody changed it since", async () => {
    const { id, remediationId } = await healed("changed");
    await world.person.storageAccounts.update("voyages", "changed", { minimumTlsVersion: "TLS1_3" });
    // The change's own event is looked at first.
    await world.quiet();

    const { status, body } = await world.post(`/api/remediations/${remediationId}/undo`, { reason: "Old tablets." });

    expect(status).toBe(409);
    expect(errorSchema.parse(body).error.code).toBe("undo-changed-since");
    expect(world.stored(id)).toMatchObject({ properties: { minimumTlsVersion: "TLS1_3" } });
  });

  test.each<[string, string, object, number, string]>([
    ["an unknown remediation", "1795399077313-9ec8bcd4", { reason: "Why not." }, 404, "remediation-unknown"],
    ["no reason", "1795399077313-9ec8bcd4", {}, 400, "body-invalid"],
  ])("of %s is refused", async (_what, id, body, status, code) => {
    const reply = await world.post(`/api/remediations/${id}/undo`, body);

    expect(reply.status).toBe(status);
    expect(errorSchema.parse(reply.body).error.code).toBe(code);
  });
});

test("old rows are looked for at night, and what is of today stays", async () => {
  const { id, remediationId } = await healed("kept");

  await world.fire("clean-up");
  await eventually(() => world.said.some((line) => line.includes("old rows removed")), "the clean-up to end");

  expect((await world.remediations(id)).map((each) => each.id)).toEqual([remediationId]);
});

describe("the journal", () => {
  test("is walked at night and found unaltered; an entry that somebody changes afterwards is named", async () => {
    const { id } = await healed("tampered");
    expect(await standing()).toMatchObject({ verified: false, problems: [] });
    await world.fire("journal-verify");
    await eventually(
      async () => expect(await standing()).toMatchObject({ verified: true }),
      "the journal to be verified",
    );

    await changeOutcomeOf(id);
    expect(await command("journal", "verify")).toMatchObject({ code: 1, said: expect.stringContaining("CHANGED") });
    await world.fire("journal-verify");

    const found = await eventually(async () => (await standing()).problems[0], "the change to be found");
    expect(found.kind).toBe("changed");
    expect((await standing()).verified).toBe(false);
  });

  test("has the heads of its chains in the log", async () => {
    await healed("logged");
    await world.fire("journal-heads");

    await eventually(() => world.lines.some(({ message }) => message === "chain head"), "a chain head in the log");
  });
});

describe("what failed for good", () => {
  test("is put back to work by one command", async () => {
    const id = seedAccount(world, "replayed", weakTls);
    const message = { version: 1, resourceId: id, cause: { via: "event" }, attempt: 7, dryRun: false };
    const send = (queue: string, text: string) =>
      world.queues.getQueueClient(queue).sendMessage(Buffer.from(text).toString("base64"));
    await send("changes-poison", JSON.stringify(message));
    await send("changes-poison", "no message");
    await send("unreadable", JSON.stringify({ reason: "It was not known.", event: JSON.stringify(writeEvent(id)) }));

    const { code, said } = await command("replay");

    expect(code).toBe(0);
    expect(said.split("\n")).toEqual([
      "poison: 1 put back, 1 kept",
      "poisonOfEvents: 0 put back, 0 kept",
      "poisonOfSweeps: 0 put back, 0 kept",
      "unreadable: 1 put back, 0 kept",
    ]);
    await world.judged(id, "remediated");
  });

  test("in Event Grid is taken from its dead letters by the waker, and the blob goes", async () => {
    const id = seedAccount(world, "dead-lettered", weakTls);
    const container = world.blobs.getContainerClient("dead-letters");
    const letter = { ...writeEvent(id), deadLetterReason: "MaxDeliveryAttemptsExceeded", deliveryAttempts: 30 };
    for (const [name, text] of [
      ["topic/GUARD/2026/11/26/8/1.json", JSON.stringify([letter])],
      ["topic/GUARD/2026/11/26/8/2.json", "no letter"],
    ] as const) {
      await container.getBlockBlobClient(name).upload(text, text.length);
    }

    await world.fire("waker");

    await world.judged(id, "remediated");
    await eventually(async () => {
      for await (const { name } of container.listBlobsFlat()) throw new Error(`${name} is still there.`);
      return true;
    }, "the dead letters to be taken");
    const kept = await world.queues.getQueueClient("unreadable").peekMessages({ numberOfMessages: 8 });
    const texts = kept.peekedMessageItems.map(({ messageText }) => Buffer.from(messageText, "base64").toString());
    expect(texts.join()).toContain("The dead letter is no JSON.");
  });
});

/** Somebody who can write the storage account makes a failure of a success. */
async function changeOutcomeOf(id: string): Promise<void> {
  const container = world.blobs.getContainerClient("journal");
  for await (const { name } of container.listBlobsFlat()) {
    const text = (await container.getBlobClient(name).downloadToBuffer()).toString("utf8");
    const lines = text.split("\n");
    const index = lines.findIndex((line) => line.includes(id) && line.includes('"kind":"intent-outcome"'));
    if (index < 0) continue;
    lines[index] = (lines[index] ?? "").replace('"outcome":"remediated"', '"outcome":"failed"');
    const forged = Buffer.from(lines.join("\n"));
    await container.deleteBlob(name);
    await container.getAppendBlobClient(name).create();
    await container.getAppendBlobClient(name).appendBlock(forged, forged.byteLength);
    return;
  }
  throw new Error(`The journal has no outcome of ${id}.`);
}
