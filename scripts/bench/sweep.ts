import type { Figure } from "./figures.ts";
import { onStage, type Stage, until } from "./stage.ts";

/** A sweep over many compliant accounts: how long it takes, and how many queries to Resource Graph. */
export function measureSweep(rows: number): Promise<Figure[]> {
  return onStage(async (stage) => {
    for (let row = 0; row < rows; row += 1) stage.account(`row${row}`);
    stage.forget();
    const begin = performance.now();
    await fire(stage);
    await until(() => stage.requests().length > 0, "the sweep to ask", 60);
    await stage.quiet(900);
    const took = (performance.now() - begin) / 1000;
    const requests = stage.requests();
    const reads = requests.filter(({ method }) => method === "GET");
    const ofConnections = reads.filter(({ path }) => /\/providers\/Microsoft\.EventGrid\//i.test(path));
    const subscriptions = new Set(ofConnections.map(({ path }) => path.split("/")[2]));
    const of = (name: string, value: number, unit: string): Figure => ({ part: "sweep", name, value, unit });
    return [
      of(`sweep of ${rows} compliant accounts`, took, "s"),
      of("accounts looked through", rows / took, "a second"),
      of("queries to Resource Graph, all types and scopes", requests.length - reads.length, "queries"),
      {
        ...of("reads of single accounts", reads.length - ofConnections.length, "reads"),
        bound: { kind: "most", value: 0 },
        required: true,
      },
      {
        ...of(
          "reads of topics and event subscriptions, for each subscription",
          ofConnections.length / subscriptions.size,
          "reads",
        ),
        bound: { kind: "most", value: 2 },
        required: true,
      },
    ];
  });
}

async function fire({ azure }: Stage): Promise<void> {
  const { url, keys } = azure.functions;
  const response = await fetch(`${url}/admin/functions/sweep`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-functions-key": keys.master },
    body: JSON.stringify({ input: "" }),
  });
  if (response.status !== 202) throw new Error(`The timer of the sweep answered ${response.status}.`);
}
