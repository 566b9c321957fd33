import { expect, test } from "vitest";
import { renderMutants } from "../../scripts/mutants.ts";

test("a report tells the score of each file, and the mutants that no test noticed with what they replaced", () => {
  const source = "const limit = 3;\nif (\n  a &&\n  b\n) stop();\n";
  const report = reportOf("shared/engine/a.ts", source, [
    mutant("Killed", [1, 15], [1, 16]),
    mutant("Timeout", [1, 15], [1, 16]),
    mutant("Ignored", [1, 15], [1, 16]),
    mutant("Survived", [3, 3], [4, 4]),
    mutant("NoCoverage", [1, 7], [1, 12]),
    { ...mutant("Survived", [5, 3], [5, 7]), mutatorName: "StringLiteral" },
  ]);

  const text = renderMutants([report]);

  expect(text).toContain("| `shared/engine/a.ts` | 2 | 5 | 40.0 % | 50.0 % |");
  expect(text).toContain("- shared/engine/a.ts:1 Changed: `` limit `` became `` other ``");
  expect(text).toContain("- shared/engine/a.ts:3 Changed: `` a && b `` became `` other ``");
});

test("of a file that two reports tell of, the later one counts", () => {
  const before = reportOf("a.ts", "x", [mutant("Survived", [1, 1], [1, 2])]);
  const after = reportOf("a.ts", "x", [mutant("Killed", [1, 1], [1, 2])]);

  expect(renderMutants([before, after])).toContain("| all | 1 | 1 | 100.0 % | 100.0 % |");
});

function mutant(status: string, [line, column]: [number, number], [endLine, endColumn]: [number, number]) {
  const location = { start: { line, column }, end: { line: endLine, column: endColumn } };
  return { mutatorName: "Changed", replacement: "other", status, location };
}

function reportOf(name: string, source: string, mutants: ReturnType<typeof mutant>[]): string {
  return JSON.stringify({ files: { [name]: { source, mutants } } });
}
