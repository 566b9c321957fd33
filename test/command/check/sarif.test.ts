import path from "node:path";
import schema from "@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json" with { type: "json" };
import Ajv from "ajv";
import draft04 from "ajv/lib/refs/json-schema-draft-04.json" with { type: "json" };
import { expect, test } from "vitest";
import { z } from "zod";
import { lineHashes } from "../../../command/check/line-hashes.ts";
import { run } from "../run.ts";
import { account, folderWith, template } from "./templates.ts";

const logSchema = z.object({
  runs: z.array(
    z.object({
      tool: z.object({ driver: z.object({ name: z.string(), rules: z.array(z.object({ id: z.string() })) }) }),
      results: z.array(
        z.object({
          ruleId: z.string(),
          level: z.enum(["error", "warning", "note"]),
          message: z.object({ text: z.string().min(1) }),
          locations: z
            .array(
              z.object({
                physicalLocation: z.object({
                  artifactLocation: z.object({ uri: z.string() }),
                  region: z.object({ startLine: z.number().min(1) }),
                }),
              }),
            )
            .length(1),
          partialFingerprints: z.record(z.string(), z.string()),
        }),
      ),
    }),
  ),
});

const weak = template(
  [
    account({ minimumTlsVersion: "TLS1_0", sasPolicy: "[parameters('sas')]" }),
    { type: "Microsoft.Resources/deployments", apiVersion: "2022-09-01", name: "linked", properties: {} },
  ],
  { parameters: { sas: { type: "object" } } },
);

test("SARIF is as the official schema of 2.1.0 has it", async () => {
  const validate = officialSchema();

  const log = await sarifFor(weak);

  expect(validate(log.json), JSON.stringify(validate.errors)).toBe(true);
});

test("a finding stands at the line of its property, with what lets GitHub recognise it", async () => {
  const { log, text } = await sarifFor(weak);

  const [result] = log.runs[0]?.results.filter(({ level }) => level === "error") ?? [];
  const line = text.split("\n").findIndex((each) => each.includes("TLS1_0")) + 1;
  expect(result).toMatchObject({
    ruleId: "storage/minimum-tls",
    message: { text: expect.stringContaining("properties.minimumTlsVersion is TLS1_0, expected TLS1_2 or later") },
    locations: [{ physicalLocation: { artifactLocation: { uri: "infra/main.json" }, region: { startLine: line } } }],
    partialFingerprints: { primaryLocationLineHash: lineHashes(text)[line - 1] },
  });
});

test("what could not be judged is a note, under a rule that the log describes", async () => {
  const { log } = await sarifFor(weak);

  const notes = log.runs[0]?.results.filter(({ level }) => level === "note") ?? [];
  expect(notes.map(({ ruleId }) => ruleId)).toEqual(["storage/sas-expiration", "not-read"]);
  const rules = log.runs[0]?.tool.driver.rules.map(({ id }) => id);
  for (const { ruleId } of notes) expect(rules).toContain(ruleId);
});

test("an alert keeps its fingerprint when lines come in before it", async () => {
  const moved = template([
    account({}, { name: "first" }),
    account({ minimumTlsVersion: "TLS1_0" }, { name: "polaris" }),
  ]);
  const before = await sarifFor(template([account({ minimumTlsVersion: "TLS1_0" })]));

  const after = await sarifFor(moved);

  expect(fingerprints(after)).toEqual(fingerprints(before));
});

function fingerprints({ log }: Awaited<ReturnType<typeof sarifFor>>): (string | undefined)[] {
  return log.runs.flatMap(({ results }) => results.map((each) => each.partialFingerprints["resourceAndProperty/v1"]));
}

async function sarifFor(content: object): Promise<{ json: unknown; log: z.infer<typeof logSchema>; text: string }> {
  const text = JSON.stringify(content, null, 2);
  const directory = await folderWith({ "main.json": text });
  const { dir, base } = path.parse(directory);
  const { out } = await run(["check", `./${base}/main.json`, "--output", "sarif"], {}, { directory: dir });
  const json: unknown = JSON.parse(out.join("\n").replaceAll(base, "infra"));
  return { json, log: logSchema.parse(json), text };
}

function officialSchema(): ReturnType<Ajv.Ajv["compile"]> {
  const ajv = new Ajv({ schemaId: "auto", meta: false, unknownFormats: "ignore" });
  ajv.addMetaSchema(draft04);
  return ajv.compile(schema);
}
