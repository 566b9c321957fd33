import { defineConfig } from "vitest/config";

/** The tests that mutants of baselines and engine are held against: those that start no process. */
export default defineConfig({
  test: {
    include: ["test/shared/{baselines,engine}/**/*.test.ts"],
    exclude: ["test/shared/baselines/pages.test.ts"],
    testTimeout: 20_000,
    pool: "threads",
    isolate: false,
  },
});
