import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import * as z from "zod";
import { closeTestHosts, eventually, startTestHost } from "../emulator/functions-host/world.ts";
import { bicepFiles } from "../infra/bicep-files.ts";

afterEach(closeTestHosts);

const hostSchema = z.object({
  telemetryMode: z.string().optional(),
  logging: z.object({
    logLevel: z.record(z.string(), z.string()),
    applicationInsights: z.object({
      samplingSettings: z.object({ excludedTypes: z.string(), includedTypes: z.string().optional() }),
    }),
  }),
});
const host = hostSchema.parse(JSON.parse(readFileSync("host.json", "utf8")));

test("of 10,000 decision records that are logged, 10,000 reach the host, whole and in order", async () => {
  const records = 10_000;
  const log = pathToFileURL("shared/log.ts").href;
  const running = await startTestHost(
    `import { jsonLinesLog } from ${JSON.stringify(log)};
     app.http("judge", { handler(request, context) {
       const log = jsonLinesLog(context);
       for (let number = 0; number < ${records}; number += 1) log.info("judged", { number, outcome: "compliant" });
     } });`,
  );

  await fetch(`${running.url}/api/judge`);

  const lines = () => running.logged.filter(({ source }) => source === "app");
  await eventually(() => expect(lines()).toHaveLength(records));
  expect(lines().map(({ message }) => JSON.parse(message))).toEqual(
    Array.from({ length: records }, (_, number) => ({ message: "judged", number, outcome: "compliant" })),
  );
}, 60_000);

describe("what the host exports is not sampled", () => {
  const { samplingSettings } = host.logging.applicationInsights;

  test("since log lines and exceptions are excluded by their types", () => {
    expect(samplingSettings.excludedTypes.split(";")).toEqual(expect.arrayContaining(["Trace", "Exception"]));
    expect(samplingSettings.includedTypes).toBeUndefined();
  });

  test("and since the host goes by these settings: with OpenTelemetry it does not read them", () => {
    expect(host.telemetryMode).toBeUndefined();
  });

  test("and the deployment takes no part away elsewhere: by an app setting, on arrival, or by a cap on a day's log", () => {
    const taking = /AzureFunctionsJobHost__|SamplingPercentage|dailyQuotaGb/i;

    expect(bicepFiles().filter(({ text }) => taking.test(text))).toEqual([]);
    expect(bicepFiles().some(({ text }) => text.includes("Microsoft.Insights/components"))).toBe(true);
    expect(readFileSync("local.settings.sample.json", "utf8")).not.toMatch(taking);
  });

  test("and no level is set that would leave out a line of a function", () => {
    const levels = Object.entries(host.logging.logLevel).filter(([name]) => /^(?:Function\b|default$)/i.test(name));

    expect(Object.fromEntries(levels)).toEqual({ Function: "Information" });
  });
});
