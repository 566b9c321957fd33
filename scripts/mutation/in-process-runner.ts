import { globSync } from "node:fs";
import { registerHooks } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { InstrumenterContext } from "@stryker-mutator/api/core";
import { declareClassPlugin, PluginKind } from "@stryker-mutator/api/plugin";
import {
  type DryRunOptions,
  type DryRunResult,
  DryRunStatus,
  determineHitLimitReached,
  type MutantRunOptions,
  type MutantRunResult,
  type TestResult,
  type TestRunner,
  type TestRunnerCapabilities,
  TestStatus,
  toMutantRunResult,
} from "@stryker-mutator/api/test-runner";
import { type NotedTest, notedBy } from "./test-functions.ts";

declare global {
  /** Stryker names it so, see `INSTRUMENTER_CONSTANTS` of its programming interface. */
  var __stryker__: InstrumenterContext | undefined;
}

/** The tests that mutants of baselines and engine are held against: those that start no process. */
const testFiles = {
  include: "test/shared/{baselines,engine}/**/*.test.ts",
  exclude: "test/shared/baselines/pages.test.ts",
};

interface LoadedTest extends NotedTest {
  id: string;
  fileName: string;
}

/**
 * Holds tests against mutants in one process that loads them once. Stryker's runner for Vitest loads them anew for each mutant, which
 * takes several times as long as running them.
 */
class InProcessTestRunner implements TestRunner {
  readonly #tests: LoadedTest[] = [];
  readonly #stryker: InstrumenterContext = namespace();

  /** Modules can't be loaded anew in one process. */
  capabilities(): TestRunnerCapabilities {
    return { reloadEnvironment: false };
  }

  async init(): Promise<void> {
    noteTestsInsteadOfVitest();
    for (const fileName of globSync(testFiles.include, { exclude: [testFiles.exclude] }).sort()) {
      const tests = await notedBy(() => import(pathToFileURL(path.resolve(fileName)).href));
      for (const each of tests) this.#tests.push({ ...each, id: `${fileName}#${each.name}`, fileName });
    }
  }

  async dryRun(_options: DryRunOptions): Promise<DryRunResult> {
    const tests: TestResult[] = [];
    for (const each of this.#tests) {
      this.#stryker.currentTestId = each.id;
      tests.push(await resultOf(each));
      delete this.#stryker.currentTestId;
    }
    const { mutantCoverage } = this.#stryker;
    return { status: DryRunStatus.Complete, tests, ...(mutantCoverage && { mutantCoverage }) };
  }

  async mutantRun({ activeMutant, testFilter, hitLimit, disableBail }: MutantRunOptions): Promise<MutantRunResult> {
    this.#stryker.activeMutant = activeMutant.id;
    this.#stryker.hitCount = 0;
    if (hitLimit !== undefined) this.#stryker.hitLimit = hitLimit;
    const tests: TestResult[] = [];
    for (const each of this.#tests.filter(({ id }) => testFilter?.includes(id) ?? true)) {
      tests.push(await resultOf(each));
      if (!disableBail && tests.at(-1)?.status === TestStatus.Failed) break;
    }
    delete this.#stryker.activeMutant;
    const tooOften = determineHitLimitReached(this.#stryker.hitCount, hitLimit);
    return toMutantRunResult(tooOften ?? { status: DryRunStatus.Complete, tests });
  }
}

/** What instrumented code and this runner tell each other by. */
function namespace(): InstrumenterContext {
  globalThis.__stryker__ ??= {};
  return globalThis.__stryker__;
}

function noteTestsInsteadOfVitest(): void {
  const noting = new URL("./test-functions.ts", import.meta.url).href;
  const tests = pathToFileURL(path.resolve("test")).href;
  registerHooks({
    resolve(specifier, context, next) {
      const isTest = specifier === "vitest" && context.parentURL?.startsWith(tests) === true;
      return isTest ? { url: noting, shortCircuit: true } : next(specifier, context);
    },
  });
}

async function resultOf({ id, name, fileName, run }: LoadedTest): Promise<TestResult> {
  const begin = performance.now();
  const told = { id, name, fileName };
  try {
    await run();
    return { ...told, status: TestStatus.Success, timeSpentMs: performance.now() - begin };
  } catch (thrown) {
    const failureMessage = thrown instanceof Error ? thrown.message : String(thrown);
    return { ...told, status: TestStatus.Failed, failureMessage, timeSpentMs: performance.now() - begin };
  }
}

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, "in-process", InProcessTestRunner)];
