/**
 * What test files import as `vitest` while they are held against mutants: it only notes the tests, so that they can be run
 * again and again in one process without loading anything anew.
 */
export { expect } from "vitest";

type Action = (...values: never[]) => unknown;

/** A test with all that has to be done around it. */
export interface NotedTest {
  /** Of one file no two have the same. */
  name: string;
  /** Rejects where the test fails. One that waits for ever has Stryker end the process. */
  run(): Promise<void>;
}

interface Suite {
  name: string;
  parent: Suite | undefined;
  before: Action[];
  after: Action[];
}

let suite: Suite = suiteIn(undefined, "");
let noted: NotedTest[] = [];

/** The tests that a file notes while it is loaded, in their order. */
export async function notedBy(load: () => Promise<unknown>): Promise<NotedTest[]> {
  suite = suiteIn(undefined, "");
  noted = [];
  await load();
  return noted;
}

export const describe = Object.assign(describeOne, {
  each: eachOf((name, define) => describeOne(name, define)),
});

export const test = Object.assign(noteOne, { each: eachOf(noteOne) });

export function beforeEach(action: Action): void {
  suite.before.push(action);
}

export function afterEach(action: Action): void {
  suite.after.unshift(action);
}

/** Is done before each test: none may rely on what another one left. */
export function beforeAll(action: Action): void {
  beforeEach(action);
}

/** Is done after each test. */
export function afterAll(action: Action): void {
  afterEach(action);
}

function describeOne(name: string, define: () => unknown): void {
  suite = suiteIn(suite, name);
  define();
  suite = suite.parent ?? suite;
}

function noteOne(name: string, action: () => unknown): void {
  const own = suite;
  const told = [...ancestorsOf(own).map((each) => each.name), name].filter((text) => text !== "").join(" > ");
  const same = noted.filter((each) => each.name === told || each.name.startsWith(`${told} #`)).length;
  noted.push({ name: same === 0 ? told : `${told} #${same + 1}`, run: () => runIn(own, action) });
}

/** `each` of Vitest: a row that is an array gives several values, any other one. */
function eachOf(note: (name: string, action: () => unknown) => void) {
  return (rows: readonly unknown[]) => (name: string, action: Action) => {
    for (const row of rows) {
      const values = Array.isArray(row) ? row : [row];
      note(name, () => Reflect.apply(action, undefined, values));
    }
  };
}

async function runIn(own: Suite, action: () => unknown): Promise<void> {
  const suites = ancestorsOf(own);
  try {
    for (const each of suites.flatMap(({ before }) => before)) await Reflect.apply(each, undefined, []);
    await action();
  } finally {
    for (const each of suites.toReversed().flatMap(({ after }) => after)) await Reflect.apply(each, undefined, []);
  }
}

/** The suites around a test, the outermost first. */
function ancestorsOf(own: Suite): Suite[] {
  return own.parent === undefined ? [own] : [...ancestorsOf(own.parent), own];
}

function suiteIn(parent: Suite | undefined, name: string): Suite {
  return { name, parent, before: [], after: [] };
}
