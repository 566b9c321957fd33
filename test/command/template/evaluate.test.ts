import { describe, expect, test } from "vitest";
import { readTemplate } from "../../../command/template/arm-template.ts";
import { isUnknown, type ValueObject } from "../../../command/template/value.ts";
import type { JsonObject } from "../../../shared/json.ts";

const parameters = {
  prefix: { type: "string", defaultValue: "ships" },
  full: { type: "string", defaultValue: "[concat(parameters('prefix'), 'logs')]" },
  region: { type: "string" },
  options: { type: "object", defaultValue: { tls: "TLS1_2", "a b": [1, 2], nothing: null } },
};
const variables = {
  isFleet: "[equals(parameters('prefix'), 'ships')]",
  copy: [{ name: "decks", count: 2, input: "[concat('deck', copyIndex('decks', 1))]" }],
};

describe("an expression's value", () => {
  test.each<[string, unknown]>([
    ["plain", "plain"],
    ["[[not an expression]", "[not an expression]"],
    ["[parameters('full')]", "shipslogs"],
    ["[toUpper(format('{0}-{1}', parameters('prefix'), 7))]", "SHIPS-7"],
    ["[if(variables('isFleet'), 'TLS1_2', reference('x').tls)]", "TLS1_2"],
    ["[if(equals(parameters('region'), 'x'), 'same', 'same')]", "same"],
    ["[parameters('options').tls]", "TLS1_2"],
    ["[parameters('options')['a b'][1]]", 2],
    ["[parameters('options').?none]", null],
    ["[parameters('options').nothing]", null],
    ["[coalesce(null(), parameters('prefix'))]", "ships"],
    ["[and(false(), equals(parameters('region'), 'x'))]", false],
    ["[or(equals(parameters('region'), 'x'), true())]", true],
    ["[not(empty(createArray('a')))]", true],
    [
      "[union(createObject('a', 1, 'b', createObject('c', 2)), createObject('b', createObject('d', 3)))]",
      { a: 1, b: { c: 2, d: 3 } },
    ],
    ["[variables('decks')]", ["deck1", "deck2"]],
    ["[length(concat(createArray(1), createArray(2)))]", 2],
    ["[contains('TLS1_2', 'tls')]", false],
    ["[bool('True')]", true],
    ["['it''s']", "it's"],
  ])("%s", (text, value) => {
    expect(asked(text)).toEqual(value);
  });

  test.each([
    ["a parameter that nobody gave", "[parameters('region')]"],
    ["what is made of one", "[concat(parameters('prefix'), parameters('region'))]"],
    ["what Azure alone knows", "[reference(resourceId('Microsoft.Storage/storageAccounts', 'x')).tls]"],
    ["a function that is not known here", "[__bicep.tls()]"],
    ["a condition on one, where both ways differ", "[if(equals(parameters('region'), 'x'), 'a', 'b')]"],
    ["what can't be read", "[concat('a']"],
    ["a member that is not there", "[parameters('options').none]"],
    ["what refers to itself", "[parameters('self')]"],
  ])("is unknown for %s", (_what, text) => {
    const value = asked(text);

    expect(typeof value === "object" && isUnknown(value)).toBe(true);
  });
});

function asked(text: string): ValueObject[string] | undefined {
  const self = { type: "string", defaultValue: "[concat(parameters('self'), 'x')]" };
  const resource = { type: "A.B/c", apiVersion: "2023-01-01", name: "x", properties: { asked: text } };
  const template: JsonObject = { parameters: { ...parameters, self }, variables, resources: [resource] };
  const [read] = readTemplate(template, {}).resources;
  const properties = read?.body.properties;
  if (typeof properties !== "object" || properties === null || Array.isArray(properties) || isUnknown(properties)) {
    throw new Error("The resource has no properties.");
  }
  return properties.asked;
}
