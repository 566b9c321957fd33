import { expect, test } from "vitest";
import { synapseSqlPools } from "../../../shared/resources/synapse-sql-pools.ts";
import { resourceId } from "../../support/things.ts";

const id = resourceId(
  "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/cruises/providers/Microsoft.Synapse/workspaces/guests/sqlPools/pool",
);
const signal = new AbortController().signal;
const type = synapseSqlPools();
const known = { id: id.text, body: {}, parts: {} };

test("a pool of a Synapse workspace is unsupported, and says what a person can do", async () => {
  expect(await type.read(id, "event", signal, { compliantAt: undefined })).toMatchObject({
    kind: "skipped",
    outcome: "unsupported",
    reason: expect.stringContaining("by hand"),
  });
});

test("its parts and writes are refused", async () => {
  const refused = { kind: "refused", refusal: { kind: "invalid", own: "resource-type-left-alone" } };

  expect(await type.readParts(id, ["transparentDataEncryption"], signal, known)).toMatchObject(refused);
  expect(await type.write(id, { part: "", patch: {} }, { correlationId: "1", signal }, known)).toMatchObject(refused);
});
