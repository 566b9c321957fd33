import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { billOfMaterials, bundledPackages, licenseList } from "../../scripts/bundled-packages.ts";

const folder = path.resolve(import.meta.dirname, "../../dist/package");
const billSchema = z.object({
  bomFormat: z.literal("CycloneDX"),
  components: z.array(z.object({ "bom-ref": z.string(), name: z.string(), version: z.string(), purl: z.string() })),
});
const metafile = {
  inputs: Object.fromEntries(
    [
      "shared/json.ts",
      "node_modules/zod/index.js",
      "node_modules/zod/v4/core.js",
      "node_modules/@azure/identity/dist/x.js",
    ].map((file) => [file, { bytes: 1, imports: [] }]),
  ),
  outputs: {},
};

describe("the packages of a bundle", () => {
  test("are those whose files are in it, each once", async () => {
    expect((await bundledPackages(metafile)).map(({ name }) => name)).toEqual(["@azure/identity", "zod"]);
  });

  test("have their licence in the list, or the line that they name none", () => {
    const packages = [
      { name: "a", version: "1.0.0", license: "MIT", licenseText: "Do as you like.\n" },
      { name: "b", version: "2.0.0" },
    ];

    expect(licenseList(packages)).toContain("a 1.0.0\nMIT\n\nDo as you like.\n");
    expect(licenseList(packages)).toContain("b 2.0.0\n(no licence named)\n\n(the package holds no licence text)\n");
  });

  test("are in the bill of materials once a version, by the address that scanners know them by", () => {
    const twice = { name: "@a/b", version: "1.0.0", license: "MIT" };
    const bill = billSchema.parse(JSON.parse(billOfMaterials({ name: "own", version: "0.1.0" }, [twice, twice])));

    expect(bill.components.map(({ purl }) => purl)).toEqual(["pkg:npm/%40a/b@1.0.0"]);
  });
});

test("the built package's bill of materials and list of licences name the same packages", () => {
  const { components } = billSchema.parse(JSON.parse(read("bill-of-materials.cdx.json")));
  const list = read("THIRD-PARTY-LICENSES.txt").split(`\n${"-".repeat(80)}\n\n`);

  const listed = new Set(list.map((entry) => entry.slice(0, entry.indexOf("\n"))));
  expect(new Set(components.map(({ name, version }) => `${name} ${version}`))).toEqual(listed);
  expect(components.map(({ name }) => name)).toContain("@azure/identity");
  expect(list.filter((entry) => entry.includes("(no licence named)"))).toEqual([]);
});

function read(file: string): string {
  return readFileSync(path.join(folder, file), "utf8");
}
