import { manualClock } from "../../../emulator/clock.ts";
import { type Graph, startGraph } from "../../../emulator/graph/index.ts";
import { type Identity, type Principal, startIdentity } from "../../../emulator/identity/index.ts";

export const tenantId = "72f988bf-0000-4000-8000-000000000001";
export const administrator: Principal = {
  objectId: "11111111-0000-4000-8000-000000000001",
  name: "alex@example.com",
  kind: "user",
};
export const colleague: Principal = {
  objectId: "11111111-0000-4000-8000-000000000002",
  name: "sam@example.com",
  kind: "user",
};

/** Microsoft Graph of a directory with one administrator and one colleague. */
export interface LocalGraph {
  graph: Graph;
  /** A token of somebody for Microsoft Graph. */
  tokenOf(principal: Principal): Promise<string>;
  /** One request of the administrator; the status, and the JSON. */
  ask(method: string, path: string, body?: object, headers?: Record<string, string>): Promise<Asked>;
  close(): Promise<void>;
}

/** What an answer said. */
export interface Asked {
  status: number;
  body: unknown;
}

const clock = manualClock(Date.now());

/** Starts what gives tokens: once for a file, since its keys take their time. */
export function startLocalIdentity(): Promise<Identity> {
  return startIdentity({ port: 0, tenantId, clock, managedIdentity: administrator });
}

/** Starts an empty directory on 127.0.0.1. */
export async function startLocalGraph(identity: Identity): Promise<LocalGraph> {
  const graph = await startGraph({
    port: 0,
    tenantId,
    clock,
    authenticate: identity.authenticate,
    administrators: [administrator.objectId],
    people: [administrator.objectId, colleague.objectId],
  });
  const tokenOf = (principal: Principal) => identity.tokenFor(principal, graph.endpoint);
  return {
    graph,
    tokenOf,
    async ask(method, path, body, headers = {}) {
      const answer = await fetch(`${graph.endpoint}/v1.0/${path}`, {
        method,
        headers: { authorization: `Bearer ${await tokenOf(administrator)}`, ...headers },
        ...(body && { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      return { status: answer.status, body: text === "" ? undefined : JSON.parse(text) };
    },
    close: graph.close,
  };
}
