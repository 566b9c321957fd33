import { execFile } from "node:child_process";
import path from "node:path";
import { expect, test } from "vitest";

const start = path.resolve(import.meta.dirname, "../../emulator/start.ts");

test("ends with status 2 on a bad option, and says what is allowed", async () => {
  const { code, stderr } = await run("--arm-port", "http");

  expect(code).toBe(2);
  expect(stderr).toMatch(/--arm-port is "http"; allowed is a whole number from 0 to 65535[\s\S]*Usage/);
});

test("explains its options", async () => {
  const { code, stdout } = await run("--help");

  expect(code).toBe(0);
  expect(stdout).toMatch(/--time-scale N/);
});

function run(...parameters: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [start, ...parameters], (_error, stdout, stderr) =>
      resolve({ code: child.exitCode, stdout, stderr }),
    );
  });
}
