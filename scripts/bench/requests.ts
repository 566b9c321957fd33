import type { RequestRecord } from "../../emulator/arm/index.ts";
import type { Figure } from "./figures.ts";
import { onStage, type Stage } from "./stage.ts";

interface Case {
  name: string;
  /** By docs: a read, one for each guard that applies, one that proves a long operation. */
  reads: number;
  writes: number;
  run(stage: Stage): Promise<void>;
}

const weakTls = { minimumTlsVersion: "TLS1_0" };
const burst = 20;

const cases: readonly Case[] = [
  one("compliant account", 1, 0, (stage) => stage.account("compliant")),
  one("account with weak TLS, no guard", 1, 1, (stage) => stage.account("weaktls", weakTls)),
  one("account that allows HTTP, 2 guards", 3, 1, (stage) =>
    stage.account("http", { supportsHttpsTrafficOnly: false }),
  ),
  one("encrypted database", 1, 0, (stage) => stage.database("encrypted", "Enabled")),
  one("unencrypted database, 2 guards, long-running", 4, 1, (stage) => stage.database("restored", "Disabled")),
  {
    name: "duplicate of an event that was settled",
    reads: 0,
    writes: 0,
    async run(stage) {
      const event = stage.changed(stage.account("twice", weakTls));
      await stage.quiet();
      stage.forget();
      stage.changed(event.subject, event);
    },
  },
  {
    name: `${burst} events of one compliant account`,
    reads: 2,
    writes: 0,
    run: async (stage) => raiseBurst(stage, stage.account("burst")),
  },
  {
    name: `${burst} events of one account with weak TLS`,
    reads: 2,
    writes: 1,
    run: async (stage) => raiseBurst(stage, stage.account("weakburst", weakTls)),
  },
];

/** Counts the service's requests to Azure for each kind of event, all of them, whatever they are about. */
export function measureRequests(): Promise<Figure[]> {
  return onStage(async (stage) => {
    const figures = await firstWrite(stage);
    for (const each of cases) {
      stage.forget();
      await each.run(stage);
      await stage.quiet();
      figures.push(...figuresOf(each, stage.requests()));
    }
    return figures;
  });
}

/** The summary before the first write in a scope is made once, and would be counted with whatever comes first. */
async function firstWrite(stage: Stage): Promise<Figure[]> {
  stage.changed(stage.account("first", weakTls));
  await stage.quiet();
  const queries = stage.requests().filter(isQuery).length;
  return [
    { part: "requests", name: "summary before the first write in a scope, once", value: queries, unit: "queries" },
  ];
}

function one(name: string, reads: number, writes: number, prepare: (stage: Stage) => string): Case {
  return { name, reads, writes, run: async (stage) => void stage.changed(prepare(stage)) };
}

async function raiseBurst(stage: Stage, id: string): Promise<void> {
  for (let event = 0; event < burst; event += 1) stage.changed(id);
}

function figuresOf({ name, reads, writes }: Case, requests: readonly RequestRecord[]): Figure[] {
  const read = requests.filter((request) => request.method === "GET" || isQuery(request)).length;
  const figure = (value: number, most: number, unit: string): Figure => ({
    part: "requests",
    name,
    value,
    unit,
    bound: { kind: "most", value: most },
    required: true,
  });
  return [figure(read, reads, "reads"), figure(requests.length - read, writes, "writes")];
}

function isQuery({ method, path }: RequestRecord): boolean {
  return method === "POST" && /microsoft\.resourcegraph/i.test(path);
}
