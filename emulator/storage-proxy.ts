import type { Clock } from "./clock.ts";
import { createFaultInjector, type Fault } from "./faults.ts";
import { type ProxiedRequest, type ProxyObserver, startReverseProxy } from "./reverse-proxy.ts";

/** One service of a storage account. */
export type StorageService = "blob" | "queue" | "table";

/** One request to a storage account, read whole. */
export interface StorageRequest extends ProxiedRequest {
  service: StorageService;
}

/** One request that has ended. */
export interface StorageRequestRecord {
  service: StorageService;
  method: string;
  url: string;
  /** What the client was told; 0 where no answer was sent. */
  status: number;
}

/** A storage account seen through a proxy in which requests can be made to fail. */
export interface StorageProxy {
  /** For those whose requests go through the proxy. */
  connectionString: string;
  /** The last 20,000 requests, oldest first, in the order of their ends. */
  requests: StorageRequestRecord[];
  /** Lets requests fail: `decide` is asked at each until it has given `times` faults (1). Gives a function that takes it away. */
  failNext(decide: (request: StorageRequest) => Fault | undefined, times?: number): () => void;
  /** Shows each request, at its arrival and as it goes on. Gives a function that ends it. */
  observe(observer: (request: StorageRequest) => ProxyObserver | undefined): () => void;
  close(): Promise<void>;
}

const services: readonly StorageService[] = ["blob", "queue", "table"];
const recordsKept = 20_000;

/**
 * Puts a proxy before each service of a storage account.
 * @param connectionString of the account, with the endpoints of all three services.
 */
export async function startStorageProxy(connectionString: string, clock: Clock): Promise<StorageProxy> {
  const faults = createFaultInjector<StorageRequest>();
  const requests: StorageRequestRecord[] = [];
  const observers: ((request: StorageRequest) => ProxyObserver | undefined)[] = [];

  const proxies = await Promise.all(
    services.map((service) =>
      startReverseProxy({
        target: new URL(endpointOf(connectionString, service)).origin,
        clock,
        fault: (request) => faults.next({ ...request, service }),
        observe: (request) => watch({ ...request, service }),
      }),
    ),
  );

  function watch(request: StorageRequest): ProxyObserver {
    const watching = observers.flatMap((observer) => observer(request) ?? []);
    return {
      answered(answer) {
        for (const each of watching) each.answered?.(answer);
      },
      ended(end) {
        const { service, method, url } = request;
        requests.push({ service, method, url, status: end.status });
        if (requests.length > recordsKept) requests.splice(0, requests.length - recordsKept);
        for (const each of watching) each.ended?.(end);
      },
    };
  }

  return {
    connectionString: services.reduce((text, service, index) => {
      const endpoint = endpointOf(text, service);
      return text.replace(endpoint, endpoint.replace(new URL(endpoint).origin, proxies[index]?.url ?? ""));
    }, connectionString),
    requests,
    failNext: faults.failNext,
    observe(observer) {
      observers.push(observer);
      return () => {
        observers.splice(observers.indexOf(observer), 1);
      };
    },
    async close() {
      await Promise.all(proxies.map((proxy) => proxy.close()));
    },
  };
}

function endpointOf(connectionString: string, service: StorageService): string {
  const name = `${service}endpoint=`;
  const part = connectionString.split(";").find((each) => each.toLowerCase().startsWith(name));
  if (part === undefined) throw new Error(`The connection string names no endpoint of the ${service} service`);
  return part.slice(name.length);
}
