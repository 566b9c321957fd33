/** One rule of the engine, switched off in a build for tests alone. */
export interface Sabotage {
  /** Name for the command line. */
  name: string;
  /** Number of the rule in docs/architecture.md; 0 for what docs/reliability.md promises beside the rules. */
  rule: number;
  /** What the build does no more, in a few words. */
  off: string;
  /** Texts of source files, each of which stands there exactly once, and what the build reads in their place. */
  changes: { file: string; text: string; by: string }[];
}

function sabotage(name: string, rule: number, off: string, file: string, text: string, by: string): Sabotage {
  return { name, rule, off, changes: [{ file, text, by }] };
}

const storageAccounts = "shared/resources/storage-accounts.ts";

/** Every rule of the engine switched off, one at a time. The suite has to find each. */
export const sabotages: readonly Sabotage[] = [
  sabotage(
    "already-seen",
    1,
    "an event is taken as seen although its change came shortly after the last read",
    "shared/engine/recognise.ts",
    "changedAt + clockToleranceMilliseconds <= readAt",
    "changedAt - 60_000 <= readAt",
  ),
  sabotage(
    "intent-after-write",
    2,
    "the intent is noted, and goes into the journal only with the outcome",
    "shared/engine/apply.ts",
    "  await journalNoted(run);\n  const journaled =",
    "  const journaled =",
  ),
  sabotage(
    "uncertain-intents",
    2,
    "the journal is not asked what a dead holder came to",
    "shared/engine/apply.ts",
    "if (!run.uncertain.has(intent.intentId)) return undefined;",
    "if (run.uncertain.size >= 0) return undefined;",
  ),
  sabotage(
    "open-intents",
    2,
    "intents that were left open are never settled",
    "shared/engine/judge.ts",
    "look.dryRun ? [] : await settleOpenIntents(run, read, found);",
    "look.dryRun ? await settleOpenIntents(run, read, found) : [];",
  ),
  sabotage(
    "proof",
    3,
    "what was written is called remediated without looking at what is read",
    "shared/engine/settle.ts",
    "if (failed?.includes(change.part)) return false;",
    "if (purpose === 'fix') return true;",
  ),
  {
    name: "foreign-properties",
    rule: 4,
    off: "a fix sends back another property as it was read, over what others changed since",
    changes: [
      {
        file: storageAccounts,
        text: "async write(id, change, options) {",
        by: "async write(id, change, options, known) {",
      },
      {
        file: storageAccounts,
        text: "wire.patch(id.text, change.patch, options);",
        by: "wire.patch(id.text, { properties: { accessTier: known.body.properties.accessTier, ...change.patch.properties } }, options);",
      },
    ],
  },
  sabotage(
    "own-writes",
    5,
    "events of our own writes are not recognised",
    "shared/engine/recognise.ts",
    "return isOwnCorrelation && ownObjectId !== undefined && cause.changedBy === ownObjectId;",
    "return isOwnCorrelation && ownObjectId === undefined && cause.changedBy === ownObjectId;",
  ),
  sabotage(
    "breaker",
    5,
    "the breaker never opens",
    "shared/engine/breaker.ts",
    "const opening = tried || recent.length >= settings.breakerFixes;",
    "const opening = tried && recent.length >= 1000;",
  ),
  sabotage(
    "overtaken-fixes",
    5,
    "the breaker counts only fixes that a read found in effect",
    "shared/engine/prove.ts",
    "for (const baseline of baselines) run.state.state = withFix(",
    "for (const baseline of baselines.slice(0, 0)) run.state.state = withFix(",
  ),
  sabotage(
    "stop-switch",
    6,
    "the stop switch is not read before a write",
    "shared/engine/gate.ts",
    "(world.settings.writesStopped || (await world.control.writesStopped()))",
    "world.settings.writesStopped",
  ),
  sabotage(
    "caps",
    6,
    "no cap holds",
    "shared/engine/gate.ts",
    'if (purpose !== "fix") return {',
    'if (purpose !== "none") return {',
  ),
  sabotage(
    "scopes",
    6,
    "events and changes are not held against the configured scopes",
    "shared/policy/scopes.ts",
    "scope.subscriptionId === id.subscriptionId.toLowerCase() &&",
    "scope.subscriptionId !== '' &&",
  ),
  sabotage(
    "exemptions",
    7,
    "what was undone is not left alone",
    "shared/engine/decide.ts",
    'if (exempt !== undefined) return resultOf(evaluation, "exempt", exempt);',
    'if (exempt === "none") return resultOf(evaluation, "exempt", exempt);',
  ),
  sabotage(
    "transient-refusals",
    8,
    "what Azure can't do now is given up as failed",
    "shared/engine/apply.ts",
    'return { outcome: "retrying", reason: `Azure can',
    'return { outcome: "failed", reason: `Azure can',
  ),
  sabotage(
    "allow-list",
    9,
    "the journal takes the whole resource for a property that a baseline owns",
    "shared/engine/evaluate.ts",
    "return seen.map((path) => ({ path, value: propertyValue(resource, path) }));",
    "return seen.map((path) => ({ path, value: resource.body }));",
  ),
  sabotage(
    "lost-enqueue",
    10,
    "an event whose message could not be sent is acknowledged all the same",
    "shared/doors/take-event.ts",
    'throw new CodedError("event-not-kept", messageOf(thrown), [], { cause: thrown });',
    'log.warn("event not kept", { error: messageOf(thrown), code: new CodedError("event-not-kept", "").code });',
  ),
  sabotage(
    "follow-up",
    10,
    "no follow-up message is sent where something is still open",
    "shared/engine/follow-up.ts",
    '    await timed(run, "queue", () => world.changes.send(JSON.stringify(message), seconds));\n  } else {',
    "  } else {",
  ),
  sabotage(
    "put-off",
    10,
    "a change during an outage of the tables is not put off",
    "shared/doors/handle-change.ts",
    "    await storage().changes.send(JSON.stringify(parsed.data), secondsAfterFailure);\n",
    "",
  ),
  sabotage(
    "lease",
    11,
    "a lease that another holds is taken all the same",
    "shared/state/table-leases.ts",
    "if (new Date(String(row.columns.expiresAt)) <= now()) {",
    "if (new Date(String(row.columns.expiresAt)) <= new Date(8e15)) {",
  ),
  sabotage(
    "word-left",
    11,
    "who finds a resource taken leaves no word with the holder",
    "shared/state/table-leases.ts",
    "if (await table.replace(key, rowKey, { ...row.columns, pending: more }, row.etag)) return undefined;",
    "if (more) return undefined;",
  ),
  sabotage(
    "dead-holders",
    11,
    "the waker does not take up what dead holders left",
    "shared/doors/wake.ts",
    "const abandoned = await leases.abandoned();",
    "const abandoned = (await leases.abandoned()).slice(0, 0);",
  ),
  sabotage(
    "busy-units",
    6,
    "a tunnel is changed while Azure still changes another one of its gateway",
    "shared/engine/gate.ts",
    "const other = otherAtWork(run, units);",
    "const other = otherAtWork(run, units.slice(0, 0));",
  ),
  sabotage(
    "journal-position",
    0,
    "an append to the journal names no position",
    "shared/journal/append-blobs.ts",
    "const conditions = { appendPosition: position };",
    "const conditions = { appendPosition: position < 0 ? position : undefined };",
  ),
  sabotage(
    "lost-answers",
    0,
    "an append whose answer was lost is made again without looking",
    "shared/journal/chain.ts",
    ": await blocksIfLanded(blobs, head, batch.bytes);",
    ": undefined;",
  ),
];
