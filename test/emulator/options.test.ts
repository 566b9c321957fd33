import { expect, test } from "vitest";
import { defaultPorts, parseStartOptions } from "../../emulator/options.ts";

test("has a default for everything, and enforces", () => {
  expect(parseStartOptions([])).toEqual({
    ports: defaultPorts,
    timeScale: 0.1,
    seed: 1,
    audit: false,
    json: false,
    help: false,
  });
});

test("takes each port, time scale, seed and mode", () => {
  const options = parseStartOptions([
    "--arm-port",
    "0",
    "--table-port=12",
    "--time-scale",
    "0.5",
    "--seed=7",
    "--audit",
  ]);

  expect(options).toMatchObject({ ports: { arm: 0, table: 12, blob: 10000 }, timeScale: 0.5, seed: 7, audit: true });
});

test.for([
  { line: ["--arm-port", "65536"], says: /--arm-port is "65536"; allowed is a whole number from 0 to 65535/ },
  { line: ["--blob-port", "1.5"], says: /--blob-port is "1.5"; allowed is a whole number/ },
  { line: ["--queue-port="], says: /--queue-port is ""/ },
  { line: ["--time-scale", "fast"], says: /--time-scale is "fast"; allowed is a number from 0 to 100/ },
  { line: ["--seed", "0x10"], says: /--seed is "0x10"/ },
  { line: ["--port", "1"], says: /--port/ },
  { line: ["start"], says: /start/ },
])("refuses $line, naming the option", ({ line, says }) => {
  expect(() => parseStartOptions(line)).toThrow(says);
});
