import type { Clock } from "../clock.ts";
import { azureTime } from "./message.ts";
import { findType } from "./registry.ts";
import type { ResourceStore, StoredResource } from "./store.ts";

/**
 * The store, with each resource that is put into it changed again when its type's timer is due: an idle database pauses,
 * one that was woken comes online. A resource that was put again meanwhile starts anew.
 */
export function withTimers(
  store: ResourceStore,
  clock: Clock,
  durationScale: number,
): { store: ResourceStore; stop(): void } {
  const waiting = new Map<string, () => void>();
  return {
    store: { ...store, put },
    stop() {
      for (const cancel of waiting.values()) cancel();
      waiting.clear();
    },
  };

  function put(resource: StoredResource): void {
    store.put(resource);
    const key = resource.id.toLowerCase();
    waiting.get(key)?.();
    waiting.delete(key);
    const timer = findType(resource.type)?.timer?.(resource);
    if (!timer) return;
    const wait = timer.seconds * 1000 * (timer.scaled ? durationScale : 1);
    const change = () => {
      waiting.delete(key);
      if (store.get(resource.id) === resource) put(timer.change(azureTime(clock.now())));
    };
    const left = Date.parse(timer.since) + wait - clock.now();
    if (left > 0) waiting.set(key, clock.schedule(left, change));
    else change();
  }
}
