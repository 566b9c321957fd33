import type { ArmRequest } from "../../emulator/arm/index.ts";
import type { StorageRequest } from "../../emulator/storage-proxy.ts";

/** Where a request of the service goes, in a few words that name no single resource: `arm PATCH storageAccounts`, `table POST leases`. */
export function armPlace({ method, path }: Pick<ArmRequest, "method" | "path">): string {
  const segments = path.split("/").slice(1);
  const provider = segments.findLastIndex((segment) => segment.toLowerCase() === "providers");
  const types = segments.slice(provider + 2).filter((_, index) => index % 2 === 0);
  return ["arm", method, types.join("/").toLowerCase() || "subscriptions"].join(" ");
}

/** The same for a request to the service's own storage. */
export function storagePlace({ service, method, url }: Pick<StorageRequest, "service" | "method" | "url">): string {
  const [path = "", query] = url.split("?");
  const [, , container = "", ...rest] = path.split("/");
  const name = decodeURIComponent(container).replace(/\(.*$/s, "");
  const operation = new URLSearchParams(query).get("comp") ?? new URLSearchParams(query).get("restype");
  const isMake = rest.length === 0 && service !== "table";
  return [service, method, name, operation ?? (isMake ? "itself" : undefined)].filter(Boolean).join(" ");
}
