import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { zipSync } from "fflate";

/** All of one time, so that the same files give the same bytes; the earliest that the format knows and every time zone has. */
const modified = new Date(1980, 0, 2);

/** A zip file of all that is in a folder, by paths from there. */
export async function zipFolder(folder: string): Promise<Uint8Array> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = names.filter((each) => each.isFile()).map(({ parentPath, name }) => path.join(parentPath, name));
  const entries = await Promise.all(
    files.sort().map(async (file): Promise<[string, Uint8Array]> => {
      return [path.relative(folder, file).replaceAll(path.sep, "/"), await readFile(file)];
    }),
  );
  return zipSync(Object.fromEntries(entries), { level: 9, mtime: modified });
}
