import { createHash } from "node:crypto";
import path from "node:path";
import packageJson from "../../package.json" with { type: "json" };
import type { RegisteredBaseline } from "../../shared/baselines/baseline.ts";
import { baselines } from "../../shared/baselines/index.ts";
import type { Place } from "../template/document.ts";
import { lineHashes } from "./line-hashes.ts";
import { type Checked, type CheckedResource, isExempt, type PlacedFinding, type Standing } from "./standing.ts";
import { tellDeviation } from "./tell-table.ts";

/** The rule of what no baseline could even look at. */
const notRead = "not-read";

/**
 * A check as SARIF 2.1.0: a result for each finding, and for what could not be judged. GitHub code scanning shows it at the property's
 * line; `primaryLocationLineHash` lets it recognise an alert when lines move. A live resource has no file: its id stands for one.
 * Source: SARIF 2.1.0 (OASIS); docs.github.com "SARIF support for code scanning".
 */
export function sarifOf({ resources, file }: Checked): object {
  const hashes = file ? lineHashes(file.text) : [];
  const results = resources.flatMap((resource) =>
    resource.standings.flatMap((standing) => resultsOf(resource, standing, hashes)),
  );
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: packageJson.name, semanticVersion: packageJson.version, rules: rules() } },
        columnKind: "utf16CodeUnits",
        results,
      },
    ],
  };
}

function rules(): object[] {
  const own = {
    id: notRead,
    shortDescription: { text: "Something could not be read" },
    fullDescription: { text: "A part of what would be deployed is not in the file, so nothing in it was judged." },
    help: { text: "Check the file that it names too." },
    defaultConfiguration: { level: "note" },
    properties: { tags: ["security"] },
  };
  return [...baselines.map(ruleOf), own];
}

function ruleOf({ id, title, protects, compliant, mayBreak, controls }: RegisteredBaseline): object {
  const named = Object.entries(controls).flatMap(([framework, names]: [string, string[]]) =>
    names.map((name) => `${framework}: ${name}`),
  );
  const help = [`Compliant: ${compliant}`, `What a fix may break: ${mayBreak}`];
  return {
    id,
    shortDescription: { text: title },
    fullDescription: { text: protects },
    help: { text: help.join("\n\n"), markdown: help.join("\n\n") },
    defaultConfiguration: { level: "error" },
    properties: { tags: ["security", "encryption", ...named], precision: "very-high" },
  };
}

function resultsOf(resource: CheckedResource, standing: Standing, hashes: readonly string[]): object[] {
  const { baseline, state, findings, reason = "", place } = standing;
  // GitHub would open an alert for it all the same.
  if (isExempt(standing)) return [];
  const ruleId = baseline === "" ? notRead : baseline;
  if (state === "unknown") {
    const text = `${resource.id}: could not be judged. ${reason}`;
    return [{ ruleId, level: "note", message: { text }, ...whereabouts(resource, place, ruleId, hashes) }];
  }
  return findings.map((finding) => ({
    ruleId,
    level: "error",
    message: { text: messageOf(resource, finding) },
    ...whereabouts(resource, finding.place, `${ruleId} ${finding.path}`, hashes),
  }));
}

function messageOf({ id }: CheckedResource, finding: PlacedFinding): string {
  return [`${id}: ${tellDeviation(finding)}.`, finding.explanation ?? ""].join(" ").trim();
}

/** Location and fingerprints. What tells results of one line apart is the rule, which GitHub takes beside the fingerprint. */
function whereabouts(
  { id, type, file }: CheckedResource,
  place: Place | undefined,
  what: string,
  hashes: readonly string[],
): object {
  const region = place ?? file?.place ?? { startLine: 1 };
  const uri = file ? fileUri(file.name) : encodeURI(id.replace(/^\/+/, ""));
  const lineHash = hashes[region.startLine - 1];
  return {
    locations: [
      {
        physicalLocation: { artifactLocation: { uri }, region },
        logicalLocations: [{ fullyQualifiedName: id, kind: type === "" ? "resource" : type }],
      },
    ],
    partialFingerprints: {
      "resourceAndProperty/v1": createHash("sha256").update(`${id.toLowerCase()} ${what}`).digest("hex"),
      ...(lineHash === undefined ? {} : { primaryLocationLineHash: lineHash }),
    },
  };
}

/** Relative to the folder of the repository, with slashes, as GitHub wants it. */
function fileUri(name: string): string {
  const plain = name.split(path.sep).join("/");
  return encodeURI(plain).replaceAll("#", "%23").replaceAll("?", "%3F");
}
