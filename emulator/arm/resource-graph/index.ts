import type { Answer, ArmRequest, Caller } from "../message.ts";
import type { ArmState } from "../state.ts";
import type { ResourceStore, StoredResource } from "../store.ts";

/** The index as tests may hold it back: it lags behind ARM, and knows less. */
export interface ResourceGraph {
  /** Paths that rows don't have, e.g. `properties.minimumTlsVersion`. */
  omitProperties: string[];
  /** While true, queries see what there was when it was set. */
  frozen: boolean;
}

/** A graph over the store, with what it has to show. */
export interface IndexedResourceGraph extends ResourceGraph {
  resources(): StoredResource[];
}
export function createResourceGraph(store: ResourceStore): IndexedResourceGraph {
  return { omitProperties: [], frozen: false, resources: () => store.list() };
}
export function isResourceGraphPath(request: ArmRequest): boolean {
  return request.path.toLowerCase() === "/providers/microsoft.resourcegraph/resources";
}
export function answerResourceGraph(_state: ArmState, _request: ArmRequest, _caller: Caller): Answer {
  return { status: 501 };
}
