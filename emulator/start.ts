import { once } from "node:events";
import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import colors from "picocolors";
import { commandLinePrincipal, defaultPeople, defaultSubscriptions, managedIdentity } from "./company.ts";
import { demoResources, demoTunnels, seedDemoResources } from "./demo-resources.ts";
import { lookAtTunnels } from "./first-look.ts";
import type { HostLogEntry } from "./functions-host/index.ts";
import { takeInventory } from "./inventory.ts";
import { type LocalAzure, startLocalAzure } from "./local-azure.ts";
import type { ReceivedNotification } from "./notifications/receiver.ts";
import { OptionError, parseStartOptions, type StartOptions, usage } from "./options.ts";
import { makeContributors, makeOwners } from "./owners.ts";
import { writePolicyFile } from "./policy-file.ts";

/** In the project, wherever the command is run. */
const DIRECTORY = path.resolve(import.meta.dirname, "..", ".local-azure");
const ENVIRONMENT_FILE = path.join(DIRECTORY, "env");
/** What a shell reports for a command that Ctrl-C ended. */
const INTERRUPTED = 130;

await main();

async function main(): Promise<void> {
  const options = readOptions();
  if (!options) return;
  if (options.help) {
    console.log(usage);
    return;
  }
  const interrupted = interruption();
  try {
    await run(options, interrupted);
  } catch (error) {
    // What a start says that was interrupted half-way is of no interest.
    if (interrupted.aborted) process.exit(INTERRUPTED);
    console.error(colors.red(error instanceof Error ? error.message : String(error)));
    process.exitCode = 1;
  }
  // Signal handlers and idle sockets would keep the process.
  process.exit();
}

function readOptions(): StartOptions | undefined {
  try {
    return parseStartOptions(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    console.error(`${colors.red(error.message)}\n\n${usage}`);
    process.exitCode = 2;
    return undefined;
  }
}

async function run(options: StartOptions, interrupted: AbortSignal): Promise<void> {
  const localAzure = await startLocalAzure({
    ports: options.ports,
    seed: options.seed,
    disorder: options.disorder,
    switches: options.switches,
    durationScale: options.timeScale,
    eventDelivery: options.eventSubscriptions ? "event-subscriptions" : "function",
    directory: DIRECTORY,
    signIn: options.signIn,
    settings: {
      ...(options.audit ? { MODE_DEFAULT: "audit" } : await writePolicyFile(DIRECTORY)),
      APPROVE_WITH_KEY: "true",
      NOTIFICATION_WINDOW_SECONDS: "5",
    },
    prepare(arm) {
      seedDemoResources({ arm });
      makeOwners(arm, defaultSubscriptions, [...defaultPeople, commandLinePrincipal]);
      // Without roles in force it may do all: who looks at its roles is told so.
      if (!options.switches.roleAssignments) makeContributors(arm, defaultSubscriptions, [managedIdentity]);
    },
    log: (entry) => print(entry, options.json),
    notified: (notification) => printNotification(notification, options.json),
  });
  try {
    if (interrupted.aborted) return;
    if (options.eventSubscriptions) await takeInventory(localAzure);
    await lookAtTunnels(localAzure);
    if (interrupted.aborted) return;
    await writeEnvironment(localAzure.environment);
    if (!options.json) console.log(welcome(localAzure, options));
    restartOnRequest(localAzure);
    await once(interrupted, "abort");
  } finally {
    await rm(ENVIRONMENT_FILE, { force: true });
    await localAzure.close();
  }
}

/** Whoever types r gets a function app that starts anew: it knows nothing but its settings and its storage. */
function restartOnRequest({ restartFunctions }: LocalAzure): void {
  createInterface({ input: process.stdin }).on("line", (line) => {
    if (line.trim() !== "r") return;
    restartFunctions().then(
      () => console.log(colors.dim("The function app started anew.")),
      (thrown: unknown) => console.error(colors.red(thrown instanceof Error ? thrown.message : String(thrown))),
    );
  });
}

/** Aborted at the first Ctrl-C (or end of the terminal); the second one ends the process at once. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  const interrupt = (): void => {
    if (controller.signal.aborted) process.exit(INTERRUPTED);
    controller.abort();
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, interrupt);
  return controller.signal;
}

/** Holds keys and a token, though of this machine alone: readable by its owner only. */
async function writeEnvironment(environment: Record<string, string>): Promise<void> {
  const lines = Object.entries(environment).map(([name, value]) => `export ${name}=${shellQuoted(value)}\n`);
  await mkdir(DIRECTORY, { recursive: true });
  // A file that is already there would keep its mode.
  await rm(ENVIRONMENT_FILE, { force: true });
  await writeFile(ENVIRONMENT_FILE, lines.join(""), { mode: 0o600 });
}

function shellQuoted(value: string): string {
  return `'${value.replaceAll("'", `'\\''`)}'`;
}

function welcome(
  { environment, azurite, functions, people, subscriptions }: LocalAzure,
  options: StartOptions,
): string {
  const storage = azurite.connectionString.matchAll(/(Blob|Queue|Table)Endpoint=([^;]+)/g);
  const places: [string, string | undefined][] = [
    ["Azure Resource Manager", environment.ARM_ENDPOINT],
    ["Function app", functions.url],
    ["Identity", environment.IDENTITY_ENDPOINT],
    ["Microsoft Graph", environment.GRAPH_ENDPOINT],
    ["Notifications", environment.NOTIFICATIONS_URL],
    ...Array.from(storage, ([, service, url]): [string, string | undefined] => [`Azurite ${service}`, url]),
  ];
  const told = demoResources.filter(
    ({ id, shows }) => shows && /\/(storageAccounts|servers|databases)\/[^/]+$/.test(id),
  );
  return [
    "",
    colors.bold("Azure on localhost is up."),
    "",
    ...places.map(([name, url]) => `  ${name.padEnd(24)}${url}`),
    "",
    ...subscriptions.map(({ displayName, subscriptionId }) => `  ${displayName.padEnd(24)}${subscriptionId}`),
    "",
    ...told.map(({ id, shows }) => `  ${nameOf(id).padEnd(24)}${shows}`),
    ...demoTunnels.map(({ connectionId }) => `  ${nameOf(connectionId).padEnd(24)}a VPN tunnel, connected`),
    "",
    options.audit
      ? "Every baseline is in the mode audit."
      : `What is enforced stands in ${path.relative(process.cwd(), environment.POLICY_FILE ?? "")}: change it, and see.`,
    `You are ${people[0]?.name}. For addresses, keys and a token, in another shell:`,
    "",
    `  . ${path.relative(process.cwd(), ENVIRONMENT_FILE)}`,
    '  curl --cacert "$CA_CERT" -H "Authorization: Bearer $ACCESS_TOKEN" "$ARM_ENDPOINT/subscriptions?api-version=2022-12-01"',
    "",
    "Ctrl-C ends everything; r and Enter starts the function app anew.",
    "",
  ].join("\n");
}

function print(entry: HostLogEntry, json: boolean): void {
  const isNoise = entry.level === "trace" || entry.level === "debug";
  if (json) console.log(jsonLine(entry));
  else if (!isNoise) console.log(readableLine(entry));
}

/** What the receiver of notifications was told: it would be a chat or a ticket. */
function printNotification({ id, type, data }: ReceivedNotification, json: boolean): void {
  const time = new Date();
  if (json) console.log(JSON.stringify({ time: time.toISOString(), source: "notification", id, type, ...data }));
  else console.log(`${colors.dim(time.toTimeString().slice(0, 8))}  ${colors.magenta("told ")}  ${data.summary}`);
}

function jsonLine({ level, source, message, functionName, invocationId }: HostLogEntry): string {
  const time = new Date().toISOString();
  return JSON.stringify({ time, level, source, functionName, invocationId, ...(readJson(message) ?? { message }) });
}

/** Time, level, message, and of the app's data the resource and how it ended. */
function readableLine(entry: HostLogEntry): string {
  const data = readJson(entry.message) ?? { message: entry.message };
  const time = new Date().toTimeString().slice(0, 8);
  const text = `${data.message ?? entry.message}`;
  const resource = data.resource ?? (typeof data.resourceId === "string" ? nameOf(data.resourceId) : "");
  return [
    colors.dim(time),
    paint(entry.level)(levelName(entry.level).padEnd(5)),
    entry.source === "host" || entry.source === "worker" ? colors.dim(text) : text.padEnd(24),
    ...(resource ? [colors.cyan(`${resource}`)] : []),
    ...(data.outcome ? [colors.bold(`${data.outcome}`)] : []),
    ...(typeof data.error === "string" ? [data.error] : []),
    ...problemLines(data.problems),
  ]
    .join("  ")
    .trimEnd();
}

/** What is wrong with a policy file, or a setting: a line for each. */
function problemLines(problems: unknown): string[] {
  return Array.isArray(problems) ? problems.map((problem) => `\n          ${JSON.stringify(problem)}`) : [];
}

function readJson(text: string): Record<string, unknown> | undefined {
  if (!text.startsWith("{")) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function levelName(level: HostLogEntry["level"]): string {
  if (level === "information") return "info";
  return level === "warning" ? "warn" : level;
}

function paint(level: HostLogEntry["level"]): (text: string) => string {
  if (level === "error" || level === "critical") return colors.red;
  return level === "warning" ? colors.yellow : colors.green;
}

function nameOf(id: string): string {
  return id.split("/").at(-1) ?? id;
}
