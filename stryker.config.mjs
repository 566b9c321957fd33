/** Changes the code of baselines and engine in small ways, one at a time: a test has to notice each. */
export default {
  mutate: ["shared/baselines/**/*.ts", "shared/engine/**/*.ts"],
  testRunner: "in-process",
  plugins: ["./scripts/mutation/in-process-runner.ts"],
  // What is run once, when a module loads, can't be changed between two tests that share the module.
  ignoreStatic: true,
  // Stryker would rewrite it by TypeScript's programming interface, which TypeScript 7 has no more.
  tsconfigFile: "none",
  concurrency: 2,
  tempDirName: "dist/mutation/tmp",
  incremental: true,
  incrementalFile: "dist/mutation/incremental.json",
  reporters: ["clear-text", "json"],
  jsonReporter: { fileName: "dist/mutation/report.json" },
  clearTextReporter: { allowColor: false, reportTests: false },
  thresholds: { high: 95, low: 85, break: 85 },
};
