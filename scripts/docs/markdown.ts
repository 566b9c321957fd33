import type { Json } from "../../shared/json.ts";

/** A page from its sections, an empty line between them. */
export function page(sections: string[]): string {
  return `${sections.join("\n\n")}\n`;
}

/** A table; bars in cells are escaped. */
export function table(head: string[], rows: string[][]): string {
  const lines = [head, head.map(() => "---"), ...rows];
  return lines.map((cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`).join("\n");
}

export function bullets(lines: string[]): string {
  return lines.map((line) => `- ${line}`).join("\n");
}

export function code(text: string): string {
  return `\`${text}\``;
}

export function json(value: Json): string {
  return `\`\`\`json\n${JSON.stringify(value, null, 2)}\n\`\`\``;
}
