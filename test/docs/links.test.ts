import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { type Document, documents, prose, root } from "./documents.ts";

describe.each(documents())("$file", ({ file, text }) => {
  const links = relativeLinks({ file, text });

  test("links only to files that are there", () => {
    const missing = links.filter(({ target }) => !existsSync(target)).map(({ link }) => link);

    expect(missing).toEqual([]);
  });

  test("links only to headings that are there", () => {
    const missing = links
      .filter(({ target, heading }) => heading !== "" && !headingsOf(target).includes(heading))
      .map(({ link }) => link);

    expect(missing).toEqual([]);
  });

  test("names no path of somebody's machine", () => {
    expect(text).not.toMatch(/\/(?:home|Users|work|root)\/[a-z]/);
  });
});

interface Link {
  link: string;
  /** The absolute path of the file. */
  target: string;
  heading: string;
}

function relativeLinks({ file, text }: Document): Link[] {
  return [...prose(text).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link = ""]) => {
    if (/^[a-z]+:/.test(link)) return [];
    const [name = "", heading = ""] = link.split("#");
    const target = name === "" ? path.join(root, file) : path.join(root, path.dirname(file), name);
    return [{ link, target, heading }];
  });
}

/** The names by which GitHub lets a heading be linked. */
function headingsOf(file: string): string[] {
  if (!existsSync(file)) return [];
  return [...prose(readFileSync(file, "utf8")).matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}
