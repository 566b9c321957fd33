import { BlobServiceClient, ContainerSASPermissions } from "@azure/storage-blob";
import { describe, expect, test } from "vitest";
import { chainedJournal } from "../../../shared/journal/chained-journal.ts";
import { verifyJournal } from "../../../shared/journal/verify.ts";
import { journalStorage } from "../../../shared/service/journal-storage.ts";
import { useAzurite } from "../../support/azurite.ts";
import { thingId } from "../../support/things.ts";

const azurite = useAzurite();

function noCredential(): never {
  throw new Error("A connection string needs no credential.");
}

/** What may read, list, add and create in the one container, and neither overwrite, delete nor make a container. */
async function appendOnly(): Promise<string> {
  const owner = BlobServiceClient.fromConnectionString(azurite.connectionString());
  const container = owner.getContainerClient("journal");
  await container.createIfNotExists();
  const signed = new URL(
    await container.generateSasUrl({
      permissions: ContainerSASPermissions.parse("racl"),
      expiresOn: new Date(Date.now() + 3_600_000),
    }),
  );
  return `BlobEndpoint=${owner.url};SharedAccessSignature=${signed.search.slice(1)}`;
}

describe("a journal in a storage account of its own", () => {
  test("is written, read and verified by who may read and append alone", async () => {
    const blobs = journalStorage({ JOURNAL_STORAGE: await appendOnly() }, noCredential);
    const journal = chainedJournal(blobs);
    const unit = thingId().text;
    const entry = { version: 1, at: "2026-11-23T08:00:00.000Z", resourceId: unit, kind: "check" } as const;
    const check = { ...entry, outcome: "compliant", dryRun: false, results: [], causes: [], durations: {} } as const;

    const [first] = await journal.append(unit, [{ ...check, id: "first", results: [], causes: [] }]);
    if (!first) throw new Error("The entry has no reference.");

    expect(await journal.read(first)).toMatchObject({ id: "first" });
    expect((await verifyJournal(blobs, new Date())).problems).toEqual([]);
  });

  test("loses nothing to who may read and append alone", async () => {
    const blobs = journalStorage({ JOURNAL_STORAGE: await appendOnly() }, noCredential);
    await blobs.create("15/000000.jsonl");
    await blobs.append("15/000000.jsonl", Buffer.from("kept"), 0);

    await expect(blobs.remove("15/000000.jsonl")).rejects.toMatchObject({ code: "storage-unavailable" });
    await blobs.create("15/000000.jsonl");

    expect(String(await blobs.read("15/000000.jsonl", 0))).toBe("kept");
  });

  test("is apart from that of the account of AzureWebJobsStorage", async () => {
    const here = journalStorage({ AzureWebJobsStorage: azurite.connectionString() }, noCredential);
    const there = journalStorage(
      { AzureWebJobsStorage: "UseDevelopmentStorage=true", JOURNAL_STORAGE: azurite.connectionString() },
      noCredential,
    );
    await here.create("14/000000.jsonl");

    expect((await there.list("14/")).map(({ name }) => name)).toEqual(["14/000000.jsonl"]);
  });
});
