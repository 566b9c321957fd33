import { describe, expect, test } from "vitest";
import { checkFilters, matches } from "../../../emulator/event-grid/filters.ts";
import type { AdvancedFilter, EventSubscription } from "../../../emulator/event-grid/index.ts";
import { subscriptionTo, writeEvent } from "./events.ts";

const event = writeEvent("one");

describe("an event goes to a subscription", () => {
  const cases: { what: string; changes: Partial<EventSubscription>; expected: boolean }[] = [
    { what: "without filters", changes: {}, expected: true },
    { what: "of its topic, whatever the case", changes: { topic: event.topic.toUpperCase() }, expected: true },
    { what: "of another topic", changes: { topic: "/subscriptions/other" }, expected: false },
    { what: "of its type", changes: { includedEventTypes: [event.eventType.toLowerCase()] }, expected: true },
    { what: "of no type", changes: { includedEventTypes: [] }, expected: false },
    { what: "of its subject's beginning", changes: { subjectBeginsWith: "/SUBSCRIPTIONS/" }, expected: true },
    { what: "of another beginning", changes: { subjectBeginsWith: "/tenants/" }, expected: false },
    { what: "of its subject's end", changes: { subjectEndsWith: "GuestDocuments" }, expected: true },
    { what: "of another end", changes: { subjectEndsWith: "logs" }, expected: false },
    {
      what: "of its subject's beginning, with the case",
      changes: { subjectBeginsWith: "/subscriptions/", isSubjectCaseSensitive: true },
      expected: true,
    },
    {
      what: "of another case, where it counts",
      changes: { subjectEndsWith: "GuestDocuments", isSubjectCaseSensitive: true },
      expected: false,
    },
  ];
  test.for(cases)("$what: $expected", ({ changes, expected }) => {
    expect(matches(subscriptionTo("http://127.0.0.1/", changes), event)).toBe(expected);
  });
});

describe("an advanced filter", () => {
  const key = "data.operationName";
  const cases: { filter: AdvancedFilter; expected: boolean }[] = [
    { filter: { operatorType: "StringIn", key, values: ["MICROSOFT.STORAGE/storageaccounts/write"] }, expected: true },
    { filter: { operatorType: "stringIn", key, values: ["x"] }, expected: false },
    { filter: { operatorType: "StringNotIn", key, values: ["x"] }, expected: true },
    { filter: { operatorType: "StringBeginsWith", key, values: ["x", "microsoft.storage/"] }, expected: true },
    { filter: { operatorType: "StringNotBeginsWith", key, values: ["Microsoft.Storage/"] }, expected: false },
    { filter: { operatorType: "StringEndsWith", key, values: ["/write"] }, expected: true },
    { filter: { operatorType: "StringNotEndsWith", key, values: ["/write"] }, expected: false },
    { filter: { operatorType: "StringContains", key, values: ["Accounts"] }, expected: true },
    { filter: { operatorType: "StringNotContains", key, values: ["Accounts"] }, expected: false },
    { filter: { operatorType: "StringContains", key: "data.authorization.action", values: ["write"] }, expected: true },
    { filter: { operatorType: "StringIn", key: "data.none", values: ["x"] }, expected: false },
    { filter: { operatorType: "StringNotIn", key: "data.none", values: ["x"] }, expected: true },
    { filter: { operatorType: "IsNotNull", key, values: [] }, expected: true },
    { filter: { operatorType: "IsNullOrUndefined", key, values: [] }, expected: false },
    { filter: { operatorType: "IsNullOrUndefined", key: "data.none.deeper", values: [] }, expected: true },
    { filter: { operatorType: "StringBeginsWith", key: "type", values: ["Microsoft.Resources."] }, expected: true },
  ];
  test.for(cases)("$filter.operatorType $filter.values on $filter.key: $expected", ({ filter, expected }) => {
    expect(matches(subscriptionTo("http://127.0.0.1/", { advancedFilters: [filter] }), event)).toBe(expected);
  });

  test("must pass together with all others", () => {
    const passing = { operatorType: "StringContains", key: "subject", values: ["storage"] };
    const failing = { operatorType: "StringContains", key: "subject", values: ["network"] };

    expect(matches(subscriptionTo("http://127.0.0.1/", { advancedFilters: [passing, failing] }), event)).toBe(false);
  });
});

describe("a subscription is refused", () => {
  function refusal(advancedFilters: AdvancedFilter[]): () => void {
    return () => checkFilters(subscriptionTo("http://127.0.0.1/", { advancedFilters }));
  }
  function filter(values: string[], operatorType = "StringIn"): AdvancedFilter {
    return { operatorType, key: "subject", values };
  }

  test("with more than 25 filters", () => {
    expect(refusal(Array.from({ length: 25 }, () => filter(["x"])))).not.toThrow();
    expect(refusal(Array.from({ length: 26 }, () => filter([], "IsNotNull")))).toThrow(/26 advanced filters/);
  });

  test("with more than 25 values in all its filters together", () => {
    expect(refusal([filter(Array(13).fill("x")), filter(Array(12).fill("x"))])).not.toThrow();
    expect(refusal([filter(Array(13).fill("x")), filter(Array(13).fill("x"))])).toThrow(/26 values/);
  });

  test("with a value of more than 512 characters", () => {
    expect(refusal([filter(["x".repeat(512)])])).not.toThrow();
    expect(refusal([filter(["x".repeat(513)])])).toThrow(/longer than 512/);
  });

  test("with an operator that is not known, or without values", () => {
    expect(refusal([filter(["1"], "NumberIn")])).toThrow(/NumberIn is not known/);
    expect(refusal([filter([])])).toThrow(/no values/);
  });
});
