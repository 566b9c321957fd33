import type { World } from "./world.ts";

/** A text of the service's, and where it stands, such as `blob journal/…` or `table remediations`. */
interface Kept {
  where: string;
  text: string;
}

/** All that the service has said, answered and put into its storage until now. */
export async function everythingKept(world: World): Promise<Kept[]> {
  const kept: Kept[] = world.said.map((text) => ({ where: "log", text }));
  kept.push(...world.answered.map((text) => ({ where: "answer", text })));
  for await (const { name: container } of world.blobs.listContainers()) {
    const client = world.blobs.getContainerClient(container);
    for await (const { name } of client.listBlobsFlat()) {
      const text = (await client.getBlobClient(name).downloadToBuffer()).toString("utf8");
      kept.push({ where: `blob ${container}/${name}`, text });
    }
  }
  for await (const { name = "" } of world.tables.listTables()) {
    for await (const row of world.table(name).listEntities()) {
      kept.push({ where: `table ${name}`, text: Object.values(row).map(String).join("\n") });
    }
  }
  for await (const { name } of world.queues.listQueues()) {
    const { peekedMessageItems } = await world.queues.getQueueClient(name).peekMessages({ numberOfMessages: 32 });
    for (const { messageText } of peekedMessageItems) {
      kept.push({ where: `queue ${name}`, text: Buffer.from(messageText, "base64").toString("utf8") });
    }
  }
  return kept;
}
