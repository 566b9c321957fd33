import { expect, test } from "vitest";
import { defaultPorts, parseStartOptions } from "../../emulator/options.ts";

test("has a default for everything, and enforces", () => {
  expect(parseStartOptions([])).toEqual({
    ports: defaultPorts,
    timeScale: 0.1,
    seed: 1,
    disorder: { duplicates: 0, drops: 0, reordering: 0 },
    switches: {
      throttling: false,
      roleAssignments: false,
      networkIfMatch: "ignored",
      networkContention: "tooManyRequests",
    },
    eventSubscriptions: false,
    audit: false,
    signIn: false,
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
    "--sign-in",
  ]);

  expect(options).toMatchObject({
    ports: { arm: 0, table: 12, blob: 10000 },
    timeScale: 0.5,
    seed: 7,
    audit: true,
    signIn: true,
  });
});

test("takes what Event Grid and Azure do on a bad day", () => {
  const events = ["--duplicates", "0.2", "--late=0.1", "--lost", "1", "--event-subscriptions"];
  const switches = ["--throttling", "--roles", "--if-match", "refused", "--contention=409"];

  expect(parseStartOptions([...events, ...switches])).toMatchObject({
    disorder: { duplicates: 0.2, drops: 1, reordering: 0.1 },
    eventSubscriptions: true,
    switches: {
      throttling: true,
      roleAssignments: true,
      networkIfMatch: "refused",
      networkContention: "conflict",
    },
  });
});

test.for([
  { line: ["--arm-port", "65536"], says: /--arm-port is "65536"; allowed is a whole number from 0 to 65535/ },
  { line: ["--blob-port", "1.5"], says: /--blob-port is "1.5"; allowed is a whole number/ },
  { line: ["--queue-port="], says: /--queue-port is ""/ },
  { line: ["--time-scale", "fast"], says: /--time-scale is "fast"; allowed is a number from 0 to 100/ },
  { line: ["--seed", "0x10"], says: /--seed is "0x10"/ },
  { line: ["--lost", "1.5"], says: /--lost is "1.5"; allowed is a number from 0 to 1/ },
  { line: ["--if-match", "maybe"], says: /--if-match is "maybe"; allowed is ignored or honoured or refused/ },
  { line: ["--contention", "toString"], says: /--contention is "toString"; allowed is/ },
  { line: ["--port", "1"], says: /--port/ },
  { line: ["start"], says: /start/ },
])("refuses $line, naming the option", ({ line, says }) => {
  expect(() => parseStartOptions(line)).toThrow(says);
});
