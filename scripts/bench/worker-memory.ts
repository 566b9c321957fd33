import { z } from "zod";

/** What a process needs after its garbage was collected, in bytes. */
export interface WorkerMemory {
  /** Objects that are in use, in V8's heap and outside of it. */
  used: number;
  /** By the kernel's account; it may hold pages that nothing uses any more. */
  resident: number;
}

const answerSchema = z.object({
  id: z.number(),
  result: z.object({ result: z.object({ value: z.unknown() }).optional() }),
});
const memorySchema = z.object({ heapUsed: z.number(), external: z.number(), rss: z.number() });

/** Collects the garbage of a process through its inspector, and gives what it still needs. @param inspectorUrl `ws://` and so on */
export async function memoryAfterCollection(inspectorUrl: string): Promise<WorkerMemory> {
  const socket = new WebSocket(inspectorUrl);
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve, { once: true });
    socket.addEventListener("error", () => reject(new Error(`Nothing answers at ${inspectorUrl}.`)), { once: true });
  });
  try {
    // Twice: what the first run finalises, the second one collects.
    await ask(socket, 1, "HeapProfiler.collectGarbage", {});
    await ask(socket, 2, "HeapProfiler.collectGarbage", {});
    const asked = { expression: "process.memoryUsage()", returnByValue: true };
    const { heapUsed, external, rss } = memorySchema.parse(await ask(socket, 3, "Runtime.evaluate", asked));
    return { used: heapUsed + external, resident: rss };
  } finally {
    socket.close();
  }
}

/** One request of the Chrome DevTools Protocol; gives the value of what was evaluated. */
async function ask(socket: WebSocket, id: number, method: string, parameters: object): Promise<unknown> {
  const answered = new Promise<unknown>((resolve) => {
    socket.addEventListener("message", function read({ data }) {
      const answer = answerSchema.safeParse(JSON.parse(String(data)));
      if (answer.data?.id !== id) return;
      socket.removeEventListener("message", read);
      resolve(answer.data.result.result?.value);
    });
  });
  socket.send(JSON.stringify({ id, method, params: parameters }));
  return await answered;
}
