import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import * as z from "zod";
import { kindsOfNotifications, typePrefix } from "../../shared/notifications/notification.ts";
import { root } from "./documents.ts";

const text = readFileSync(path.join(root, "docs/examples/logic-app.json"), "utf8");
const schemaSchema = z.object({ properties: z.record(z.string(), z.looseObject({})) });
const dataSchema: unknown = JSON.parse(readFileSync(path.join(root, "docs/notification.schema.json"), "utf8"));

/** The properties of a schema, or of what its arrays hold, by the names that lead there. */
function propertiesAt(...names: string[]): string[] {
  let schema: unknown = dataSchema;
  for (const name of names) {
    const found = schemaSchema.parse(schema).properties[name];
    schema = found?.items ?? found;
  }
  return Object.keys(schemaSchema.parse(schema).properties);
}

function named(pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, name]) => name ?? "");
}

test("the Logic App's definition reads only what a notification has", () => {
  expect(named(/\['data'\]\?\['(\w+)'\]/g).length).toBeGreaterThan(3);
  for (const name of named(/\['data'\]\?\['(\w+)'\]/g)) expect(propertiesAt()).toContain(name);
  for (const name of named(/items\('each_resource'\)\?\['(\w+)'\]|@item\(\)\?\['baselines'\]/g)) {
    if (name !== "") expect(propertiesAt("resources")).toContain(name);
  }
  for (const name of named(/items\('each_baseline'\)\?\['(\w+)'\]/g)) {
    expect(propertiesAt("resources", "baselines")).toContain(name);
  }
  for (const name of named(/\['proposal'\]\?\['(\w+)'\]/g)) {
    expect(propertiesAt("resources", "baselines", "proposal")).toContain(name);
  }
});

test("the Logic App's definition is started by a type that exists", () => {
  const [type = ""] = named(/'(AzureEncryptionGuard\.\w+)'/g);

  expect(kindsOfNotifications.map((kind) => `${typePrefix}${kind}`)).toContain(type);
});

test("each action of the Logic App runs after one that stands beside it", () => {
  const actionsSchema = z.record(z.string(), z.looseObject({ runAfter: z.record(z.string(), z.unknown()).optional() }));
  const check = (actions: z.infer<typeof actionsSchema>): number => {
    let checked = 0;
    for (const { runAfter = {}, actions: inner } of Object.values(actions)) {
      for (const before of Object.keys(runAfter)) expect(Object.keys(actions)).toContain(before);
      checked += 1 + (inner === undefined ? 0 : check(actionsSchema.parse(inner)));
    }
    return checked;
  };

  expect(check(actionsSchema.parse(z.object({ actions: z.unknown() }).parse(JSON.parse(text)).actions))).toBe(5);
});
