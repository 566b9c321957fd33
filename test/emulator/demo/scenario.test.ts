import { describe, expect, it } from "vitest";
import { defaultPeople } from "../../../emulator/company.ts";
import { lostAccount, steps } from "../../../emulator/demo/scenario.ts";
import { demoConnections, demoDatabases, demoResources } from "../../../emulator/demo-resources.ts";

const accounts = demoResources.map(({ id }) => id).filter((id) => /\/storageAccounts\/[^/]+$/.test(id));
const resources: string[] = [...accounts, ...Object.values(demoDatabases), ...Object.values(demoConnections)];

describe("scenario of the demo", () => {
  it("names only resources that are there", () => {
    expect(steps.flatMap((step) => step.resources).filter((id) => !resources.includes(id))).toEqual([]);
  });

  it("shows every resource, and each in one step", () => {
    const shown = steps.flatMap(({ resources: near, farEnd }) => [...near, ...(farEnd === undefined ? [] : [farEnd])]);

    expect([...shown].sort()).toEqual([...resources].sort());
  });

  it("names only people of the company", () => {
    const names = defaultPeople.map(({ name }) => name);

    expect(steps.filter(({ by }) => !names.includes(by))).toEqual([]);
  });

  it("has every outcome at least once", () => {
    const outcomes = new Set(steps.flatMap(({ expected }) => Object.values(expected)));

    expect([...outcomes].sort()).toEqual([
      "audit",
      "awaiting-approval",
      "blocked",
      "remediated",
      "reverted",
      "skipped-paused",
      "unsupported",
    ]);
    expect(steps.some(({ expected }) => Object.keys(expected).length === 0)).toBe(true);
  });

  it("begins in the mode audit, in which nothing is written, and enforces from then on", () => {
    const [first, ...others] = steps;

    expect(first).toMatchObject({ mode: "audit", asks: "re-check" });
    expect(new Set(Object.values(first?.expected ?? {}))).toEqual(new Set(["audit"]));
    expect(others.filter(({ mode }) => mode !== undefined)).toEqual([]);
  });

  it("does something in each step: a change, or a question to the service", () => {
    expect(steps.filter(({ request, asks }) => !request && !asks)).toEqual([]);
  });

  it("has one burst, and creates the lost account with a PUT", () => {
    expect(steps.filter(({ resources: many }) => many.length > 1).map(({ resources: many }) => many.length)).toEqual([
      30,
    ]);
    expect(steps.find(({ resources: [id] }) => id === lostAccount)?.request?.method).toBe("PUT");
  });
});
