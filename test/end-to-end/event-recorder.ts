import { createServer } from "node:http";
import { z } from "zod";
import type { EventGrid, EventGridEvent } from "../../emulator/event-grid/index.ts";

const eventSchema = z.object({
  id: z.string(),
  topic: z.string(),
  subject: z.string(),
  eventType: z.string(),
  eventTime: z.string(),
  data: z.unknown(),
  dataVersion: z.string(),
  metadataVersion: z.string(),
});

const validationSchema = z.object({ validationCode: z.string() });

/** A second subscription to the same events, so that tests know what was raised without asking the service. */
export async function recordEvents(
  eventGrid: EventGrid,
): Promise<{ events: EventGridEvent[]; close(): Promise<void> }> {
  const events: EventGridEvent[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const received = z.array(eventSchema).parse(JSON.parse(Buffer.concat(chunks).toString("utf8")));
    response.writeHead(200, { "content-type": "application/json" });
    if (request.headers["aeg-event-type"] === "SubscriptionValidation") {
      const { validationCode } = validationSchema.parse(received[0]?.data);
      response.end(JSON.stringify({ validationResponse: validationCode }));
      return;
    }
    events.push(...received);
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  await eventGrid.subscribe({
    name: "recorder",
    endpoint: `http://127.0.0.1:${port}/`,
    eventDeliverySchema: "EventGridSchema",
  });
  return {
    events,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
