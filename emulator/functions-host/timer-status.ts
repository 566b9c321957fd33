import { BlobServiceClient, RestError } from "@azure/storage-blob";

/** What is remembered of a timer, so that a host that starts later sees a run that it missed. */
export interface TimerStatus {
  Last: string;
  Next: string;
  LastUpdated: string;
}

export interface TimerStatusStore {
  read(functionName: string): Promise<TimerStatus | undefined>;
  write(functionName: string, status: TimerStatus): Promise<void>;
}

/** Keeps timers where the real host does: blobs in the container `azure-webjobs-hosts` (StorageScheduleMonitor). */
export function blobTimerStatusStore(connectionString: string, hostId: string): TimerStatusStore {
  const container = BlobServiceClient.fromConnectionString(connectionString).getContainerClient("azure-webjobs-hosts");
  const blob = (name: string) => container.getBlockBlobClient(`timers/${hostId}/Host.Functions.${name}/status`);
  return {
    async read(functionName) {
      try {
        return parseStatus((await blob(functionName).downloadToBuffer()).toString("utf8"));
      } catch (error) {
        if (error instanceof RestError && error.statusCode === 404) return undefined;
        throw error;
      }
    },
    async write(functionName, status) {
      const text = JSON.stringify(status);
      await container.createIfNotExists();
      await blob(functionName).upload(text, Buffer.byteLength(text));
    },
  };
}

function parseStatus(text: string): TimerStatus | undefined {
  const parsed: unknown = JSON.parse(text);
  if (typeof parsed !== "object" || parsed === null) return undefined;
  if (!("Last" in parsed && "Next" in parsed && "LastUpdated" in parsed)) return undefined;
  return { Last: String(parsed.Last), Next: String(parsed.Next), LastUpdated: String(parsed.LastUpdated) };
}
