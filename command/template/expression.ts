/** A template expression, taken apart, with the text that it was. */
export type Expression =
  | { kind: "literal"; value: string | number; text: string }
  | { kind: "call"; name: string; given: Expression[]; text: string }
  /** `a.b`, `a[b]`, and with a question mark `a.?b`, which is null where there is no such member. */
  | { kind: "member"; of: Expression; member: Expression; safe: boolean; text: string };

/**
 * The expression that a text of a template holds between `[` and `]`; nothing for plain text. `broken` where it can't be read.
 * Source: docs "Syntax and expressions in ARM templates".
 */
export function parseExpression(text: string): Expression | "broken" | undefined {
  if (!text.startsWith("[") || text.startsWith("[[") || !text.endsWith("]")) return undefined;
  const source = text.slice(1, -1);
  const tokens = [...source.matchAll(/'(?:[^']|'')*'|-?\d+|[A-Za-z_$][\w$]*|\S/g)].map((match) => ({
    text: match[0],
    end: match.index + match[0].length,
    begin: match.index,
  }));
  const reader = { source, tokens, position: 0 };
  const expression = readExpression(reader);
  return expression && reader.position === tokens.length ? expression : "broken";
}

interface Reader {
  source: string;
  tokens: { text: string; begin: number; end: number }[];
  position: number;
}

function readExpression(reader: Reader): Expression | undefined {
  const begin = reader.tokens[reader.position]?.begin ?? 0;
  let read = readPrimary(reader, begin);
  while (read) {
    const bracket = take(reader, "[");
    if (!bracket && !take(reader, ".")) return read;
    const safe = take(reader, "?");
    const member: Expression | undefined = bracket ? readExpression(reader) : readName(reader);
    if (!member || (bracket && !take(reader, "]"))) return undefined;
    read = { kind: "member", of: read, member, safe, text: textSince(reader, begin) };
  }
  return undefined;
}

function readPrimary(reader: Reader, begin: number): Expression | undefined {
  const token = next(reader);
  if (token === undefined) return undefined;
  if (token.startsWith("'")) return { kind: "literal", value: token.slice(1, -1).replaceAll("''", "'"), text: token };
  if (/^-?\d+$/.test(token)) return { kind: "literal", value: Number(token), text: token };
  if (!/^[A-Za-z_$]/.test(token)) return undefined;
  let name = token;
  // A function of the template's own stands in a namespace.
  while (!isNext(reader, "(") && take(reader, ".")) name += `.${next(reader) ?? ""}`;
  if (!take(reader, "(")) return undefined;
  const given: Expression[] = [];
  while (!take(reader, ")")) {
    if (given.length > 0 && !take(reader, ",")) return undefined;
    const each = readExpression(reader);
    if (!each) return undefined;
    given.push(each);
  }
  return { kind: "call", name: name.toLowerCase(), given, text: textSince(reader, begin) };
}

function readName(reader: Reader): Expression | undefined {
  const name = next(reader);
  return name === undefined ? undefined : { kind: "literal", value: name, text: name };
}

function next(reader: Reader): string | undefined {
  const token = reader.tokens[reader.position];
  reader.position += 1;
  return token?.text;
}

function isNext(reader: Reader, text: string): boolean {
  return reader.tokens[reader.position]?.text === text;
}

function take(reader: Reader, text: string): boolean {
  if (!isNext(reader, text)) return false;
  reader.position += 1;
  return true;
}

function textSince({ source, tokens, position }: Reader, begin: number): string {
  return source.slice(begin, tokens[position - 1]?.end ?? source.length);
}
