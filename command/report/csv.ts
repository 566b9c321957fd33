/**
 * Rows as CSV (RFC 4180). A cell that a spreadsheet would take for a formula gets an apostrophe before it: names in Azure are chosen by
 * whoever makes the resource. A line's end inside of a cell becomes a space.
 */
export function csvLines(rows: readonly (readonly string[])[]): string[] {
  return rows.map((row) => row.map(cell).join(","));
}

function cell(text: string): string {
  const line = text.replace(/[\r\n]+/g, " ");
  const plain = /^[=+\-@\t]/.test(line) ? `'${line}` : line;
  return /[",]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
