import {
  findNodeAtLocation,
  getNodeValue,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from "jsonc-parser";
import type { Json } from "../../shared/json.ts";
import { UsageError } from "../frame/output.ts";

/** Names and indices that lead to a place in a JSON document. */
export type JsonPath = readonly (string | number)[];

/** A place in a file; lines and columns count from 1, as SARIF wants it. */
export interface Place {
  startLine: number;
  startColumn: number;
  endLine: number;
  endColumn: number;
}

/** A JSON file with the places of what is in it. */
export interface JsonDocument {
  value: Json;
  /** Where something stands; where it is not there, the place of the nearest thing around it. */
  placeOf(path: JsonPath): Place;
}

/** Reads JSON as ARM takes it: with comments, and commas at the end of lists. Throws a UsageError that names the line. */
export function readDocument(file: string, text: string): JsonDocument {
  const problems: ParseError[] = [];
  const lines = lineStarts(text);
  const tree = parseTree(text.replace(/^\ufeff/, " "), problems, { allowTrailingComma: true });
  const [problem] = problems;
  if (problem || !tree) {
    const { startLine } = placeAt(lines, problem?.offset ?? 0, 0);
    const why = problem ? printParseErrorCode(problem.error) : "it is empty";
    throw new UsageError(`${file} is no JSON: line ${startLine}: ${why}.`);
  }
  return {
    value: getNodeValue(tree),
    placeOf(path) {
      const node = nearest(tree, path);
      return placeAt(lines, node.offset, node.length);
    },
  };
}

/** The property with its name, where the place is one of a property. */
function nearest(tree: Node, path: JsonPath): Node {
  for (let length = path.length; length > 0; length -= 1) {
    const found = findNodeAtLocation(tree, path.slice(0, length));
    if (!found) continue;
    return found.parent?.type === "property" ? found.parent : found;
  }
  return tree;
}

function lineStarts(text: string): number[] {
  return [0, ...[...text.matchAll(/\r\n|\r|\n/g)].map((match) => match.index + match[0].length)];
}

function placeAt(lines: readonly number[], offset: number, length: number): Place {
  const [startLine, startColumn] = position(lines, offset);
  const [endLine, endColumn] = position(lines, offset + length);
  return { startLine, startColumn, endLine, endColumn };
}

function position(lines: readonly number[], offset: number): [line: number, column: number] {
  const after = lines.findIndex((start) => start > offset);
  const line = after < 0 ? lines.length : after;
  return [line, offset - (lines[line - 1] ?? 0) + 1];
}
