import { StorageManagementClient } from "@azure/arm-storage";
import { bareWorkSchema } from "./bare-work.ts";
import { durableSteps } from "./durable-steps.ts";

/** A process of its own, as the service's worker is: the same reads and writes by the bare SDK client. Sends its milliseconds to its parent. */
const work = bareWorkSchema.parse(JSON.parse(process.argv[2] ?? ""));
const credential = { getToken: async () => ({ token: work.token, expiresOnTimestamp: Date.now() + 3_600_000 }) };
const client = new StorageManagementClient(credential, work.subscriptionId, {
  endpoint: work.endpoint,
  retryOptions: { maxRetries: 0 },
});
const names = [...work.names];
const steps = work.storage === undefined ? undefined : await durableSteps(work.storage);

async function loop(): Promise<void> {
  for (let name = names.shift(); name !== undefined; name = names.shift()) {
    await client.storageAccounts.getProperties(work.group, name);
    await steps?.beforeWrite(name);
    if (work.writes) await client.storageAccounts.update(work.group, name, { minimumTlsVersion: "TLS1_2" });
    await steps?.afterWrite(name);
  }
}

// One request first, so that connection and modules are there, as they are in the service's worker.
const [first = ""] = names;
await client.storageAccounts.getProperties(work.group, first);
const begin = performance.now();
await Promise.all(Array.from({ length: work.atOnce }, loop));
process.stdout.write(String(performance.now() - begin));
