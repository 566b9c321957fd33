import { parseArgs } from "node:util";

/** Where the parts listen; 0 for any free port. */
export interface StartPorts {
  arm: number;
  functions: number;
  identity: number;
  graph: number;
  blob: number;
  queue: number;
  table: number;
}

/** 7071 is the port of Azure Functions Core Tools, 10000 to 10002 are Azurite's own. */
export const defaultPorts: StartPorts = {
  arm: 7443,
  functions: 7071,
  identity: 7400,
  graph: 7401,
  blob: 10000,
  queue: 10001,
  table: 10002,
};

/** How Azure behaves; where the other options leave it, as it does on a good day. */
export interface StartSwitches {
  throttling: boolean;
  roleAssignments: boolean;
  networkIfMatch: "ignored" | "honoured" | "refused";
  networkContention: "tooManyRequests" | "conflict";
}

/** What the command line asks for. */
export interface StartOptions {
  ports: StartPorts;
  timeScale: number;
  seed: number;
  /** Of Event Grid's deliveries, each from 0 to 1. */
  disorder: { duplicates: number; drops: number; reordering: number };
  switches: StartSwitches;
  /** Events go where event subscriptions of system topics lead them, and not to the function app by themselves. */
  eventSubscriptions: boolean;
  audit: boolean;
  signIn: boolean;
  json: boolean;
  help: boolean;
}

/** A command line that says what is not allowed; its message names the option and what is. */
export class OptionError extends Error {}

const flag = { type: "boolean" } as const;
const text = { type: "string" } as const;

/** Printed by --help, and below the message of a bad option. */
export const usage = `Usage: npm start -- [options]

  --arm-port N         Azure Resource Manager, https        (${defaultPorts.arm})
  --functions-port N   the function app                     (${defaultPorts.functions})
  --identity-port N    tokens                               (${defaultPorts.identity})
  --graph-port N       Microsoft Graph                      (${defaultPorts.graph})
  --blob-port N        Azurite, blobs                       (${defaultPorts.blob})
  --queue-port N       Azurite, queues                      (${defaultPorts.queue})
  --table-port N       Azurite, tables                      (${defaultPorts.table})
                       Ports: 0 to 65535, 0 for any free one
  --time-scale N       length of Azure's long operations: 1 as in Azure, 0 none (0.1)
  --duplicates N       Event Grid: how many events come twice, 0 to 1         (0)
  --late N             how many come late, so that others overtake them, 0 to 1 (0)
  --lost N             how many never come, 0 to 1          (0)
  --seed N             whole number that decides which events those are (1)
  --throttling         Azure Resource Manager refuses what exceeds its documented limits
  --roles              it refuses what no role assignment allows; people and az may do
                       everything, the function app nothing until you give it a role
  --if-match WHAT      what Microsoft.Network does with If-Match:
                       ignored, honoured or refused         (ignored)
  --contention WHAT    how a busy VPN gateway refuses a write: 429 or 409 (429)
  --event-subscriptions
                       events go where the system topics and event subscriptions of Azure
                       Resource Manager lead them: none to the function app until you
                       connect its subscription (default: all to the function app)
  --audit              every baseline in the mode audit, nothing is written (default: enforce)
  --sign-in            callers of the function app sign in and need an app role, in place
                       of a function key
  --json               log lines as JSON
  --help               this text`;

/** Reads the command line. Throws an OptionError that names the option, its value and what is allowed. */
export function parseStartOptions(commandLine: string[]): StartOptions {
  const values = parse(commandLine);
  const port = (name: keyof StartPorts): number => {
    const option = `${name}-port` as const;
    return number(`--${option}`, values[option], defaultPorts[name], { whole: true, maximum: 65_535 });
  };
  return {
    ports: {
      arm: port("arm"),
      functions: port("functions"),
      identity: port("identity"),
      graph: port("graph"),
      blob: port("blob"),
      queue: port("queue"),
      table: port("table"),
    },
    timeScale: number("--time-scale", values["time-scale"], 0.1, { whole: false, maximum: 100 }),
    seed: number("--seed", values.seed, 1, { whole: true, maximum: 2 ** 32 - 1 }),
    disorder: {
      duplicates: number("--duplicates", values.duplicates, 0, { whole: false, maximum: 1 }),
      drops: number("--lost", values.lost, 0, { whole: false, maximum: 1 }),
      reordering: number("--late", values.late, 0, { whole: false, maximum: 1 }),
    },
    switches: {
      throttling: values.throttling ?? false,
      roleAssignments: values.roles ?? false,
      networkIfMatch: choice("--if-match", values["if-match"], "ignored", ifMatches),
      networkContention: choice("--contention", values.contention, "429", contentions),
    },
    eventSubscriptions: values["event-subscriptions"] ?? false,
    audit: values.audit ?? false,
    signIn: values["sign-in"] ?? false,
    json: values.json ?? false,
    help: values.help ?? false,
  };
}

function parse(commandLine: string[]) {
  try {
    return parseArgs({
      args: commandLine,
      options: {
        "arm-port": text,
        "functions-port": text,
        "identity-port": text,
        "graph-port": text,
        "blob-port": text,
        "queue-port": text,
        "table-port": text,
        "time-scale": text,
        seed: text,
        duplicates: text,
        late: text,
        lost: text,
        throttling: flag,
        roles: flag,
        "if-match": text,
        contention: text,
        "event-subscriptions": flag,
        audit: flag,
        "sign-in": flag,
        json: flag,
        help: flag,
      },
    }).values;
  } catch (error) {
    throw new OptionError(error instanceof Error ? error.message : String(error));
  }
}

/** What each word stands for. */
interface Choices<Meaning> {
  readonly [word: string]: Meaning;
}

const ifMatches: Choices<StartSwitches["networkIfMatch"]> = {
  ignored: "ignored",
  honoured: "honoured",
  refused: "refused",
};
const contentions: Choices<StartSwitches["networkContention"]> = { 429: "tooManyRequests", 409: "conflict" };

function choice<Meaning>(
  option: string,
  value: string | undefined,
  otherwise: string,
  choices: Choices<Meaning>,
): Meaning {
  const word = value ?? otherwise;
  const meaning = Object.hasOwn(choices, word) ? choices[word] : undefined;
  if (meaning !== undefined) return meaning;
  const allowed = Object.keys(choices).join(" or ");
  throw new OptionError(`${option} is ${JSON.stringify(value)}; allowed is ${allowed}`);
}

function number(
  option: string,
  value: string | undefined,
  otherwise: number,
  { whole, maximum }: { whole: boolean; maximum: number },
): number {
  if (value === undefined) return otherwise;
  const read = /^\d+(\.\d+)?$/.test(value) ? Number(value) : Number.NaN;
  if (read <= maximum && (!whole || Number.isInteger(read))) return read;
  throw new OptionError(
    `${option} is ${JSON.stringify(value)}; allowed is a ${whole ? "whole " : ""}number from 0 to ${maximum}`,
  );
}
