import { defineConfig } from "vitest/config";

/** Files that start no process and change nothing of their own: not the environment, not a module. */
const pure = [
  "test/shared/*.test.ts",
  "test/shared/{baselines,engine,events,policy,resources}/**/*.test.ts",
  "test/docs/{links,names,pages}.test.ts",
];

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        // Starting a process and loading the product takes these files longer than their tests: they share both.
        test: { name: "pure", include: pure, pool: "threads", isolate: false, sequence: { groupOrder: 0 } },
      },
      {
        extends: true,
        // After the others: tests that wait for other processes want the processors for themselves.
        test: {
          name: "processes",
          include: ["test/**/*.test.ts"],
          exclude: pure,
          pool: "forks",
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
