import { expect, test } from "vitest";
import { armOver } from "../../../command/check/arm.ts";
import { deleteEach } from "../../../command/remove/delete-each.ts";

const locked = JSON.stringify({ error: { code: "ScopeLocked", message: "Locked." } });

test("goes on after a refusal, and gives what Azure said", async () => {
  const told: string[] = [];

  const left = await deleteEach(
    azureThat(() => new Response(locked, { status: 409 })),
    ["/one", "/two", "/three"],
    "2022-04-01",
    { dryRun: false, told: (id) => void told.push(id) },
  );

  expect(told).toEqual(["/one", "/three"]);
  expect(left).toEqual([{ id: "/two", why: "Azure Resource Manager: ScopeLocked: Locked." }]);
});

test("has told what is gone where Azure does not answer any more", async () => {
  const told: string[] = [];
  const broken = azureThat(() => {
    throw new TypeError("fetch failed");
  });

  const deleting = deleteEach(broken, ["/one", "/two", "/three"], "2022-04-01", {
    dryRun: false,
    told: (id) => void told.push(id),
  });

  await expect(deleting).rejects.toThrow("fetch failed");
  expect(told).toEqual(["/one"]);
});

/** Deletes all but `/two`, to which it answers so. */
function azureThat(answer: () => Response) {
  return armOver(
    "https://management.azure.com",
    async () => "token",
    async (input) => (new URL(String(input)).pathname === "/two" ? answer() : new Response("{}", { status: 200 })),
  );
}
